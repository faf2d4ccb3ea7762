"""A study: a plan locked before the first rating, blind sheets, and one log a rater."""
