"""Paired differences: their mean with a t interval, and the exact sign-flip test."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from fractions import Fraction
from math import fsum, gcd, inf, lcm, sqrt
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


class Ways(NamedTuple):
    """How many of all ways to flip the signs are at least as extreme as what was seen."""

    extreme: int
    total: int

    @property
    def p(self) -> float:
        """The exact two-sided p."""
        return float(self.extreme / self.total)


def sign_flip(differences: Sequence[int]) -> Ways:
    """Return the exact two-sided test of "the sign of each difference is a coin toss".

    Ties with the observed sum count as extreme (`>=`): a strict comparison calls far too many
    results certain. The ways to reach each sum are the coefficients of a product of (1 + x^d),
    kept in one long integer, so a factor costs one shift and one addition.
    """
    sizes = [abs(one) for one in differences if one]
    total = 1 << len(sizes)
    observed = abs(sum(differences))
    if not observed:
        return Ways(total, total)
    unit = gcd(*sizes)
    sizes = [size // unit for size in sizes]
    bits = len(sizes) + 2
    ways = 1
    for size in sizes:
        ways += ways << size * bits
    # A sum s of +-d is 2 t - T for the subset sum t and T = the sum of all sizes.
    first = (sum(sizes) + observed // unit) // 2
    # All coefficients together stay below 2^bits - 1, so this remainder is their sum.
    tail = (ways >> first * bits) % ((1 << bits) - 1)
    return Ways(2 * tail, total)


def sign_flip_p(differences: Sequence[int]) -> float:
    """Return the exact two-sided p of the sign-flip test."""
    return sign_flip(differences).p


def whole_numbers(values: Sequence[Fraction]) -> list[int]:
    """Return the values times their least common denominator, as the sign-flip test needs them."""
    scale = lcm(*(value.denominator for value in values)) if values else 1
    return [int(value * scale) for value in values]
