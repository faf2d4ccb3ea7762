"""How often a question is asked that may be asked again; pure but for waiting."""

from collections.abc import Callable
from typing import TypeVar

from core.hosted.failures import Throttled, Unavailable

_TRIES = 3
_FIRST_WAIT = 1.0
_LONGEST_WAIT = 30.0
"""Seconds; who is told to wait longer gives up, and is asked again later."""
_T = TypeVar("_T")


def patiently(attempt: Callable[[], _T], sleep: Callable[[float], None]) -> _T:
    """Return what an attempt gives; a lost or throttled one is made again."""
    for number in range(1, _TRIES + 1):
        try:
            return attempt()
        except Unavailable:
            if number == _TRIES:
                raise
            sleep(_FIRST_WAIT * 2 ** (number - 1))
        except Throttled as told:
            if number == _TRIES or (told.wait or 0) > _LONGEST_WAIT:
                raise
            sleep(told.wait or _FIRST_WAIT)
    raise AssertionError("the last try returns or raises")
