"""What can be tuned, and where it lies: models that are included, and names that lead to others."""
