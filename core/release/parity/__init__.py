"""Whether an export answers as the model that was scored, and if not, why not."""
