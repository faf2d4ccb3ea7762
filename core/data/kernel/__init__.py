"""The dearest loops over bytes and words, in C; numpy does the same where they were not built."""
