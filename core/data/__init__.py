"""From a file of rows to a split whose holdout nobody can train on."""
