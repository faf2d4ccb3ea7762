"""Means with what is known of them, and the difference of two that do not hang together."""

from collections.abc import Sequence
from math import fsum, inf, sqrt
from statistics import variance
from typing import NamedTuple

from core.scoring.statistics.beta import t_quantile
from core.scoring.statistics.interval import Interval


class Estimate(NamedTuple):
    """A mean with its standard error."""

    mean: float
    error: float
    freedom: float
    """Degrees of freedom of the error; 0 where a single value says nothing about it."""

    def interval(self, *, confidence: float = 0.95) -> Interval:
        """Return the interval of Student's t; boundless without a degree of freedom."""
        if self.freedom < 1:
            return Interval(-inf, inf)
        half = t_quantile(confidence, self.freedom) * self.error
        return Interval(self.mean - half, self.mean + half)


def estimate(values: Sequence[float]) -> Estimate:
    """Return the mean of independent values with its error."""
    n = len(values)
    mean = fsum(values) / n
    return Estimate(mean, sqrt(variance(values) / n) if n > 1 else inf, n - 1)


def less(one: Estimate, other: Estimate) -> Estimate:
    """Return one - other for independent estimates, with Welch's degrees of freedom."""
    squares = (one.error**2, other.error**2)
    error = sqrt(fsum(squares))
    if not min(one.freedom, other.freedom):
        return Estimate(one.mean - other.mean, inf, 0)
    if not error:
        return Estimate(one.mean - other.mean, 0.0, one.freedom + other.freedom)
    parts = (squares[0] ** 2 / one.freedom, squares[1] ** 2 / other.freedom)
    return Estimate(one.mean - other.mean, error, fsum(squares) ** 2 / fsum(parts))
