"""One share with its interval: how often something happens among n items."""

from math import sqrt

from core.scoring.statistics.beta import beta_quantile
from core.scoring.statistics.interval import Interval, normal_quantile


def wilson(hits: int, n: int, *, confidence: float = 0.95) -> Interval:
    """Return the interval of a share; it stays inside 0 to 1 and is never of width 0."""
    z = normal_quantile(confidence)
    share = hits / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Interval(
        0.0 if hits == 0 else max(0.0, centre - half),
        1.0 if hits == n else min(1.0, centre + half),
    )


def clopper_pearson(hits: int, n: int, *, confidence: float = 0.95) -> Interval:
    """Return the interval of a share that holds it at least as often as it says."""
    tail = (1 - confidence) / 2
    low = 0.0 if hits == 0 else beta_quantile(hits, n - hits + 1, tail)
    high = 1.0 if hits == n else beta_quantile(hits + 1, n - hits, 1 - tail)
    return Interval(low, high)


def upper_bound(hits: int, n: int, *, confidence: float = 0.95) -> float:
    """Return the one-sided Clopper-Pearson bound: what this many hits still allow."""
    return 1.0 if hits >= n else beta_quantile(hits + 1, n - hits, confidence)


def clean_items_needed(bound: float, *, confidence: float = 0.95) -> int:
    """Return how many items without a single hit bring the upper bound down to `bound`."""
    n = 1
    while upper_bound(0, n, confidence=confidence) > bound:
        n *= 2
    low, high = n // 2, n
    while high - low > 1:
        middle = (low + high) // 2
        if upper_bound(0, middle, confidence=confidence) > bound:
            low = middle
        else:
            high = middle
    return high
