"""Anything that answers a prompt."""
