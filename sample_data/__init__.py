"""A sample task, its documents and an embedded base model, all made by scripts in here."""
