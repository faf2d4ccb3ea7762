"""The pieces from which the sample task and the embedded base model are built."""
