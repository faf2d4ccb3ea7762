"""Paired differences: their mean over items with a t interval, plain or clustered."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from math import fsum, inf, sqrt
from typing import NamedTuple

from core.scoring.statistics.beta import t_p, t_quantile
from core.scoring.statistics.interval import Interval


class MeanDifference(NamedTuple):
    """How far one contender is above another, on average over the items."""

    mean: float
    deviation: float
    """Standard deviation of the items' differences (n - 1)."""
    error: float
    """Standard error of the mean."""
    interval: Interval
    """Boundless while a single item, or a single cluster, says nothing about spread."""
    p: float
    """Two-sided p of the t test; a cross-check, the sign-flip p decides."""


def paired_t(differences: Sequence[float], *, confidence: float = 0.95) -> MeanDifference:
    """Return the mean of the differences with its t interval; each item counts once."""
    n = len(differences)
    mean = fsum(differences) / n
    if n == 1:
        return MeanDifference(mean, 0.0, inf, Interval(-inf, inf), 1.0)
    deviation = sqrt(fsum((one - mean) ** 2 for one in differences) / (n - 1))
    return _with_error(mean, deviation, deviation / sqrt(n), n - 1, confidence)


def clustered_t(
    differences: Sequence[float], clusters: Sequence[Hashable], *, confidence: float = 0.95
) -> MeanDifference:
    """Return the mean with an interval that knows which items share a source."""
    n = len(differences)
    mean = fsum(differences) / n
    deviation = sqrt(fsum((one - mean) ** 2 for one in differences) / (n - 1)) if n > 1 else 0.0
    sums: dict[Hashable, float] = defaultdict(float)
    for one, cluster in zip(differences, clusters, strict=True):
        sums[cluster] += one - mean
    count = len(sums)
    if count == 1:
        return MeanDifference(mean, deviation, inf, Interval(-inf, inf), 1.0)
    error = sqrt(count / (count - 1) * fsum(one * one for one in sums.values())) / n
    return _with_error(mean, deviation, error, count - 1, confidence)


def _with_error(
    mean: float, deviation: float, error: float, freedom: int, confidence: float
) -> MeanDifference:
    """Return the result for a standard error on its degrees of freedom."""
    half = t_quantile(confidence, freedom) * error
    no_spread = 0.0 if mean else 1.0
    p = t_p(mean / error, freedom) if error else no_spread
    return MeanDifference(mean, deviation, error, Interval(mean - half, mean + half), p)
