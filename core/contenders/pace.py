"""How long to wait before a server is asked again: as it says, or longer with every failure."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 600.0
"""A server that wants more seconds than this is asked another time."""
_FIRST = 0.5
_CAP = 60.0
_MILLISECONDS = 1000


def told_to_wait(headers: Mapping[str, str], *, now: Callable[[], datetime]) -> float | None:
    """Return the seconds that a reply asks for; None where it says nothing one can read."""
    exact = _number(headers.get("retry-after-ms", ""))
    if exact is not None:
        return exact / _MILLISECONDS
    said = headers.get("retry-after", "")
    seconds = _number(said)
    if seconds is not None:
        return seconds
    try:
        then = parsedate_to_datetime(said)
    except ValueError:
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return max(0.0, (then - now()).total_seconds())


def backoff(failures: int, *, draw: Callable[[], float]) -> float:
    """Return the seconds before the next try: doubled each time, and drawn apart.

    `draw` gives numbers from 0 to 1, so that requests that failed together do not return together.
    """
    whole = min(_CAP, _FIRST * 2.0 ** min(failures - 1, 10))
    return whole * (0.5 + draw() / 2)


def _number(text: str) -> float | None:
    """Return a number of seconds or milliseconds, None for anything else."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None
