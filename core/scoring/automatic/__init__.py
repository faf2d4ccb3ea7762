"""Automatic metrics of answers: they inform and never decide."""
