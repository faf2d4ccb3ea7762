"""What a metric says of one contender: a figure with its interval, and each item's share in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum

from core.scoring.statistics.interval import Interval
from core.scoring.statistics.paired import paired_t
from core.scoring.statistics.shares import wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One metric of one contender."""

    metric: str
    """Name of the metric."""
    value: float
    """Between 0 and 1 for means and shares; on the metric's own scale otherwise."""
    interval: Interval
    """95 % interval over items."""
    items: int
    values: tuple[float, ...] = ()
    """Each item's value, in the order of the items; empty where only the whole has one."""
    signature: str = ""
    """How exactly it was computed, for metrics that come in many forms."""


def mean_of(metric: str, values: Sequence[float], *, signature: str = "") -> Measurement:
    """Return the mean of values between 0 and 1, with Wilson's interval when all are 0 or 1."""
    if not values:
        return Measurement(metric=metric, value=0.0, interval=Interval(0.0, 1.0), items=0)
    n, total = len(values), fsum(values)
    if all(value in {0, 1} for value in values):
        interval = wilson(round(total), n)
    else:
        low, high = paired_t(values).interval
        interval = Interval(max(0.0, low), min(1.0, high))
    return Measurement(
        metric=metric,
        value=total / n,
        interval=interval,
        items=n,
        values=tuple(values),
        signature=signature,
    )


def by_slice(found: Measurement, slices: Sequence[str]) -> Mapping[str, Measurement]:
    """Return the metric on each slice of the items, by name; slices are exploratory.

    Only a metric with a value an item can be cut; others give nothing.
    """
    parts: dict[str, list[float]] = {}
    for value, name in zip(found.values, slices, strict=bool(found.values)):
        parts.setdefault(name, []).append(value)
    return {
        name: mean_of(found.metric, values, signature=found.signature)
        for name, values in sorted(parts.items())
    }
