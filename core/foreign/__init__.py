"""Runs that another program does: read where they lie, never touched."""
