"""Whether a model behind an address still answers as it did when it was scored."""
