"""Finds rows that say nearly the same, in files of any size."""
