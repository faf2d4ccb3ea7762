"""A job's append-only log: what may be written, how it is read, what it adds up to."""
