"""Profiles a whole file: pieces read once, checked in blocks, joined by keys, told as it goes."""
