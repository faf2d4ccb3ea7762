"""A recipe and its rows as other trainers read them; one module a trainer."""
