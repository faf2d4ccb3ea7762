"""The engine of tuningfork: no terminal code, usable as a library and from scripts."""
