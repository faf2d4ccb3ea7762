"""One module a check: a `CHECK` with `find`, `gather` or `conclude`; the folder is the list."""
