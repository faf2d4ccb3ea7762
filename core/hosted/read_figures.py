"""Values of a reply that may be anything: read as what they should be, or as nothing."""

import re
from datetime import UTC, datetime
from math import isfinite

_LINE = re.compile(r"\b(?:lines?|rows?|examples?)\s+#?(\d{1,9})\b", re.IGNORECASE)
_NAMED = 20


def text(value: object) -> str:
    """Return a text; "" for anything else."""
    return value if isinstance(value, str) else ""


def number(value: object) -> float | None:
    """Return a finite number, also one written as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if isfinite(found) else None


def seconds_of(value: object) -> float | None:
    """Return a moment as seconds since the epoch; None where it is none."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return number(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return number(value)


def lines_named(message: str) -> tuple[int, ...]:
    """Return the lines of a file that a complaint names, from 1, each once."""
    found = dict.fromkeys(int(one) for one in _LINE.findall(message[:4000]))
    return tuple(found)[:_NAMED]
