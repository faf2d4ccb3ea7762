"""The range that every estimate comes with."""

from statistics import NormalDist
from typing import NamedTuple


class Interval(NamedTuple):
    """A range that holds the true value with the stated confidence."""

    low: float
    high: float


def normal_quantile(confidence: float) -> float:
    """Return how many standard errors a two-sided interval of this confidence reaches."""
    return NormalDist().inv_cdf((1 + confidence) / 2)
