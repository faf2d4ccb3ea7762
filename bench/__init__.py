"""Speed comparisons, each a command that prints a table of ratios."""
