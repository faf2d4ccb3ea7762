"""Statistics of paired answers: exact where they can be, honest about small numbers."""

from collections.abc import Sequence
from math import ceil, sqrt
from statistics import NormalDist
from typing import NamedTuple


class Interval(NamedTuple):
    """A range that holds the true value with the stated confidence."""

    low: float
    high: float


def _z(confidence: float) -> float:
    """Return the normal quantile of a two-sided confidence."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


def sign_flip_p(differences: Sequence[int]) -> float:
    """Return the exact two-sided p of "the sign of each difference is a coin toss".

    Ties with the observed sum count as extreme (`>=`): a strict comparison calls far too many
    results certain. Sums are counted by convolution, so nothing is drawn at random.
    """
    sizes = [abs(difference) for difference in differences if difference]
    ways = {0: 1}
    for size in sizes:
        grown: dict[int, int] = {}
        for total, count in ways.items():
            grown[total + size] = grown.get(total + size, 0) + count
            grown[total - size] = grown.get(total - size, 0) + count
        ways = grown
    observed = abs(sum(differences))
    extreme = sum(count for total, count in ways.items() if abs(total) >= observed)
    return float(extreme / 2 ** len(sizes))


def wilson(hits: int, n: int, *, confidence: float = 0.95) -> Interval:
    """Return the interval of a share; it stays inside 0 to 1 and is never of width 0."""
    z = _z(confidence)
    share = hits / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def paired_share_interval(
    wins: int, losses: int, n: int, *, confidence: float = 0.95
) -> tuple[float, Interval]:
    """Return Bonett and Price's estimate and interval of a difference of shares on equal items."""
    up, down = (wins + 1) / (n + 2), (losses + 1) / (n + 2)
    estimate = up - down
    half = _z(confidence) * sqrt((up + down - estimate**2) / (n + 2))
    return estimate, Interval(max(-1.0, estimate - half), min(1.0, estimate + half))


def items_to_settle(
    deviation: float, worthwhile: float, *, alpha: float = 0.05, power: float = 0.8
) -> int:
    """Return how many items show a difference worth having, given the spread seen so far."""
    z = NormalDist().inv_cdf(1 - alpha / 2) + NormalDist().inv_cdf(power)
    return ceil((z * deviation / worthwhile) ** 2)
