"""Two shares on the same items: their difference and whether it could be chance."""

from math import comb, sqrt
from typing import NamedTuple

from core.scoring.statistics.beta import chi_square_p
from core.scoring.statistics.interval import Interval, normal_quantile


class ChiSquare(NamedTuple):
    """A chi-square with the chance of one at least as large."""

    value: float
    p: float


def paired_share_interval(
    wins: int, losses: int, n: int, *, confidence: float = 0.95
) -> tuple[float, Interval]:
    """Return Bonett and Price's estimate and interval of a difference of shares on equal items."""
    up, down = (wins + 1) / (n + 2), (losses + 1) / (n + 2)
    estimate = up - down
    half = normal_quantile(confidence) * sqrt((up + down - estimate**2) / (n + 2))
    return estimate, Interval(max(-1.0, estimate - half), min(1.0, estimate + half))


def sign_test_p(wins: int, losses: int) -> float:
    """Return the exact two-sided p of "each decisive item is a coin toss" (McNemar, binomial)."""
    n = wins + losses
    tail = sum(comb(n, k) for k in range(max(wins, losses), n + 1))
    return float(min(1.0, 2 * tail / 2**n))


def mcnemar_chi_square(wins: int, losses: int, *, corrected: bool = False) -> ChiSquare:
    """Return McNemar's chi-square, a check on the exact test when there are many items."""
    gap = abs(wins - losses) - (1 if corrected else 0)
    value = gap * gap / (wins + losses)
    return ChiSquare(value, chi_square_p(value, 1))
