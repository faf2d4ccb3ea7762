"""Krippendorff's alpha: how far raters agree beyond chance, with any scale and any gaps."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

Scale = Literal["nominal", "ordinal", "interval", "ratio"]
Cells = dict[tuple[float, float], float]
"""Pairs of values that met in one unit, each ordered pair counted 1 / (ratings - 1)."""
_ALL_EQUAL = "everything got the same score"
_ONE_RATER = "no item was rated twice: it needs a second rater"


class Coefficient(NamedTuple):
    """One measure of agreement, or why there is none."""

    value: float | None
    reason: str = ""
    """Why the value is undefined; empty when it is not."""


def coincidences(units: Iterable[Sequence[float]]) -> Cells:
    """Return the coincidence matrix; a unit with a single rating drops out."""
    cells: Cells = {}
    for unit, times in Counter(tuple(sorted(unit)) for unit in units).items():
        if len(unit) < 2:
            continue
        counts = Counter(unit)
        for one, n in counts.items():
            for other, m in counts.items():
                pairs = n * (m - (one == other)) / (len(unit) - 1)
                if pairs:
                    cells[one, other] = cells.get((one, other), 0.0) + pairs * times
    return cells


def krippendorff(units: Iterable[Sequence[float]], scale: Scale = "ordinal") -> Coefficient:
    """Return alpha of units that each hold the ratings they got."""
    return alpha_of(coincidences(units), scale)


def alpha_of(cells: Cells, scale: Scale) -> Coefficient:
    """Return alpha of a coincidence matrix."""
    totals: dict[float, float] = {}
    for (one, _), pairs in cells.items():
        totals[one] = totals.get(one, 0.0) + pairs
    if not totals:
        return Coefficient(None, _ONE_RATER)
    n = sum(totals.values())
    distance = _distance(scale, totals)
    observed = sum(pairs * distance(*pair) for pair, pairs in cells.items()) / n
    expected = sum(
        totals[one] * totals[other] * distance(one, other) for one in totals for other in totals
    ) / (n * (n - 1))
    if expected == 0:
        return Coefficient(None, _ALL_EQUAL)
    return Coefficient(1 - observed / expected)


def _distance(scale: Scale, totals: Mapping[float, float]) -> Callable[[float, float], float]:
    """Return the squared distance between two values on a scale."""
    if scale == "nominal":
        return lambda one, other: float(one != other)
    if scale == "interval":
        return lambda one, other: (one - other) ** 2
    if scale == "ratio":
        return lambda one, other: ((one - other) / (one + other)) ** 2 if one != other else 0.0
    values = sorted(totals)
    places: dict[float, float] = {values[0]: 0.0}
    # Between two neighbours lie half of one and half of the other.
    for low, high in pairwise(values):
        places[high] = places[low] + (totals[low] + totals[high]) / 2
    return lambda one, other: (places[one] - places[other]) ** 2
