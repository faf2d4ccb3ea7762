"""Reads in a sentence of a service which lines of a file it complains of; pure."""

import re

_LINE = re.compile(r"\b(?:lines?|rows?|examples?)\s+#?(\d{1,9})\b", re.IGNORECASE)
_READ = 4000
_MOST_LINES = 20


def lines_in(message: str) -> tuple[int, ...]:
    """Return the lines, from 1, that a sentence of a service names."""
    found = (int(one) for one in _LINE.findall(message[:_READ]))
    return tuple(dict.fromkeys(found))[:_MOST_LINES]
