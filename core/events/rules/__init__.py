"""Rules of alerts; the folder is the list, and each file names its own in `RULES`."""
