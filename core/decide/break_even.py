"""From which volume on an own machine costs less than a hosted service."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from core.decide.money import Range, cents


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEven:
    """Where the costs of one hosted offer and one machine meet."""

    hosted: str
    """The hosted offer, with the date of its price."""
    own: str
    """The machine, with the date of its price."""
    currency: str
    low: int | None
    """Requests a day from which the machine costs less, at best; None where it never does."""
    high: int | None
    """The same at worst."""
    slope: Range
    """Hosted cost a month for each request a day."""
    fixed: Range
    """Cost of one machine a month."""
    capacity: Range
    """Requests a day that one machine answers; the low end is that of a slow one.

    A machine answers whole requests: a part of one does not count.
    """

    @property
    def words(self) -> str:
        """Return it in words."""
        pair = f"{self.own} against {self.hosted}"
        if self.low is None:
            return f"{pair}: the machine never costs less."
        if self.high is None:
            return f"{pair}: from {self.low:,} requests a day at best, at worst never."
        return f"{pair}: from {self.low:,} to {self.high:,} requests a day."

    def as_json(self) -> dict[str, object]:
        """Return the form inside `decide --json`."""
        return {
            "hosted": self.hosted,
            "own": self.own,
            "currency": self.currency,
            "low": self.low,
            "high": self.high,
            "words": self.words,
        }

    def curve(self, volumes: Sequence[int]) -> tuple["Point", ...]:
        """Return what both cost a month at these requests a day, for drawing."""
        return tuple(
            Point(
                volume,
                cents(self.slope.low * volume),
                cents(self.slope.high * volume),
                cents(own_cost(volume, self.fixed.low, self.capacity.high)),
                cents(own_cost(volume, self.fixed.high, self.capacity.low)),
            )
            for volume in volumes
        )


class Point(NamedTuple):
    """Both costs of a month at one volume."""

    requests_per_day: int
    hosted_low: Decimal
    hosted_high: Decimal
    own_low: Decimal
    own_high: Decimal


def own_cost(volume: int, fixed: Fraction, capacity: Fraction) -> Fraction:
    """Return what the machines for a volume cost a month; one stands there even for nothing."""
    return fixed * max(1, -(-volume // max(1, floor(capacity))))


def first_volume(slope: Fraction, fixed: Fraction, capacity: Fraction) -> int | None:
    """Return the fewest requests a day at which machines cost no more than hosting.

    Where one machine cannot pay at its full load, neither do several: each adds the same cost and
    the same load. So the answer lies within the first machine's load, or nowhere.
    """
    if slope == 0:
        return 0 if fixed == 0 else None
    volume = ceil(fixed / slope)
    return volume if volume <= max(1, floor(capacity)) else None


def break_even(
    *, hosted: str, own: str, currency: str, slope: Range, fixed: Range, capacity: Range
) -> BreakEven:
    """Return where the costs meet: at best a cheap fast machine against dear hosting."""
    return BreakEven(
        hosted=hosted,
        own=own,
        currency=currency,
        low=first_volume(slope.high, fixed.low, capacity.high),
        high=first_volume(slope.low, fixed.high, capacity.low),
        slope=slope,
        fixed=fixed,
        capacity=capacity,
    )
