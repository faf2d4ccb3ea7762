"""A moving average that is worked on only where points came since."""

from array import array
from collections.abc import Sequence
from itertools import accumulate

import msgspec


class KeptAverage(msgspec.Struct, frozen=True, kw_only=True):
    """A moving average after each kept point."""

    weight: float
    values: bytes
    """Doubles of this machine."""
    total: float
    norm: float


class MovingAverage:
    """A moving average that goes on where it was; the start has no bias to zero."""

    def __init__(self) -> None:
        self.values = array("d")
        self.total = 0.0
        self.norm = 0.0

    def extend(self, weight: float, values: Sequence[float]) -> None:
        """Take the points that came since."""
        if not values:
            return
        rest = 1 - weight
        totals = [
            *accumulate(values, lambda at, value: weight * at + rest * value, initial=self.total)
        ]
        norms = [*accumulate(values, lambda at, _: weight * at + rest, initial=self.norm)]
        self.values.extend(total / norm for total, norm in zip(totals[1:], norms[1:], strict=True))
        self.total, self.norm = totals[-1], norms[-1]

    def kept(self, weight: float) -> KeptAverage:
        """Return the average as a snapshot holds it."""
        return KeptAverage(
            weight=weight, values=self.values.tobytes(), total=self.total, norm=self.norm
        )

    @classmethod
    def of(cls, kept: KeptAverage) -> "MovingAverage":
        """Return the average of a snapshot."""
        average = cls()
        average.values = array("d", kept.values)
        average.total, average.norm = kept.total, kept.norm
        return average
