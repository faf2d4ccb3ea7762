"""Whether any contender differs at all; information, never a reason to ship."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from core.scoring.statistics.beta import chi_square_p


class Friedman(NamedTuple):
    """Friedman's chi-square over items, corrected for ties."""

    chi_square: float
    freedom: int
    p: float


def friedman(rows: Sequence[Sequence[float]]) -> Friedman | None:
    """Return the test on one row of scores an item; None when every row is all ties."""
    n, k = len(rows), len(rows[0])
    sums = [0.0] * k
    tied = 0
    for row in rows:
        for place, rank in enumerate(mean_ranks(row)):
            sums[place] += rank
        tied += sum(count**3 - count for count in Counter(row).values())
    correction = 1 - tied / (n * k * (k * k - 1))
    if correction <= 0:
        return None
    spread = 12 / (n * k * (k + 1)) * sum(one * one for one in sums) - 3 * n * (k + 1)
    value = spread / correction
    return Friedman(value, k - 1, chi_square_p(value, k - 1))


def mean_ranks(row: Sequence[float]) -> list[float]:
    """Return the rank of each value, equal values sharing the mean of their places."""
    return [
        sum(other < one for other in row) + (sum(other == one for other in row) + 1) / 2
        for one in row
    ]
