"""How long to wait before a service is asked again; pure."""

from collections.abc import Callable

from core.hosted.job_values import JobStage

_SOON, _USUAL, _LONGEST = 5.0, 30.0, 300.0
_QUIET = 1800.0
"""Seconds without news after which a service is asked ever more rarely."""
_APART = 0.2
_HERE = 0.02
"""A server of this very machine may be asked so much more often."""


def between_looks(stage: JobStage, quiet: float) -> float:
    """Return the seconds to the next look, `quiet` seconds after the last news."""
    usual = _SOON if stage in {"starting", "stopping"} else _USUAL
    if quiet < _QUIET:
        return usual
    return min(_LONGEST, usual * quiet / _QUIET)


def after_failures(count: int) -> float:
    """Return the seconds to the next try after so many failures in a row."""
    return float(min(_LONGEST, _SOON * 2.0 ** min(count - 1, 10)))


def drawn_apart(seconds: float, draw: Callable[[], float]) -> float:
    """Return about so many seconds, so that watchers do not ask all at once."""
    return seconds * (1 - _APART + 2 * _APART * draw())


def scaled(seconds: float, *, stays_here: bool) -> float:
    """Return how long to wait for a server that may be of this very machine."""
    return seconds * _HERE if stays_here else seconds
