"""Mends a dataset without touching its file: a journal of operations that can be replayed."""
