"""Whether a rater's scores moved while they rated: tired, or grown used to it."""

from collections.abc import Sequence
from math import fsum, inf, sqrt
from typing import NamedTuple

from core.scoring.statistics.beta import t_p, t_quantile
from core.scoring.statistics.interval import Interval

FAST_S = 3.0
"""A rating given in less was hardly read."""


class Drift(NamedTuple):
    """How a rater's scores moved over a session."""

    change: float
    """Rating points from the first to the last rating, by a straight line."""
    interval: Interval
    p: float
    """p of "the scores did not move"."""


def score_drift(scores: Sequence[float], *, confidence: float = 0.95) -> Drift | None:
    """Return the drift of scores in the order in which they were given; None for fewer than 3."""
    n = len(scores)
    if n < 3:
        return None
    middle, mean = (n - 1) / 2, fsum(scores) / n
    spread = fsum((at - middle) ** 2 for at in range(n))
    slope = fsum((at - middle) * score for at, score in enumerate(scores)) / spread
    rest = fsum((score - mean - slope * (at - middle)) ** 2 for at, score in enumerate(scores))
    error = sqrt(max(0.0, rest) / (n - 2) / spread)
    whole = n - 1
    half = t_quantile(confidence, n - 2) * error * whole
    t = slope / error if error else (inf if slope else 0.0)
    interval = Interval(slope * whole - half, slope * whole + half)
    return Drift(slope * whole, interval, t_p(t, n - 2))


def fast_ratings(seconds: Sequence[float]) -> int:
    """Return how many ratings were given too fast to have read the answers."""
    return sum(one < FAST_S for one in seconds)
