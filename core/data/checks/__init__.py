"""One module a check: a `CHECK` and a pure `find(rows)`; the folder is the list."""
