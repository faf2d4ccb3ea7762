"""Work in detached worker processes that outlive every screen that watches them."""
