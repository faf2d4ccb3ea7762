"""A cheap measure on everything, corrected by people's ratings of a part."""

from collections.abc import Sequence
from math import fsum, sqrt
from statistics import variance
from typing import NamedTuple

from core.scoring.statistics.interval import Interval, normal_quantile


class Corrected(NamedTuple):
    """A mean that people's ratings corrected."""

    mean: float
    error: float
    """Standard error."""
    interval: Interval


def prediction_powered(
    judged: Sequence[float], pairs: Sequence[tuple[float, float]], *, confidence: float = 0.95
) -> Corrected:
    """Return the mean over all judged items, moved by what people say on the pairs.

    A pair is (person, judge) on one item that both scored; `judged` are the judge's scores on
    the items that nobody else scored. Each sequence needs two values or more.
    """
    gaps = [person - judge for person, judge in pairs]
    mean = fsum(judged) / len(judged) + fsum(gaps) / len(gaps)
    error = sqrt(variance(judged) / len(judged) + variance(gaps) / len(gaps))
    half = normal_quantile(confidence) * error
    return Corrected(mean, error, Interval(mean - half, mean + half))


def rogan_gladen(share: float, *, sensitivity: float, specificity: float) -> float:
    """Return the true share behind a judged one, for a judge whose two error rates are known."""
    informed = sensitivity + specificity - 1
    if informed <= 0:
        raise ValueError("a judge no better than chance corrects nothing")
    return min(1.0, max(0.0, (share + specificity - 1) / informed))
