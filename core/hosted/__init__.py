"""Fine-tuning on other people's machines, told in the same events as a run of our own."""
