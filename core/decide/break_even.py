"""From which volume on an own machine costs less than a hosted service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any, Literal, NamedTuple

from core.decide.money import Range, cents

Cheaper = Literal["hosted", "machine", "either"]


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
    for_good: int | None
    """Requests a day from which machines cost no more at any volume, at worst; None for never.

    Between the two, a further machine that is hardly loaded can make hosting cheaper again.
    """
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
        """Return which two are compared, and where they meet."""
        return f"{self.own} against {self.hosted}: {self.meeting}"

    @property
    def meeting(self) -> str:
        """Return where the costs meet."""
        if self.low is None:
            return "the machine never costs less."
        if self.high is None:
            return f"from {self.low:,} requests a day at best, at worst never."
        one = self.low == self.high
        told = f"from {self.low:,}{'' if one else f' to {self.high:,}'} requests a day."
        if self.for_good is None:
            return f"{told} Each further machine makes hosting cheaper again for a while."
        if self.for_good > self.high:
            return (
                f"{told} While a further machine is hardly loaded, hosting is cheaper again; "
                f"machines cost less for good from {self.for_good:,}."
            )
        return told

    def as_json(self) -> dict[str, object]:
        """Return the form inside `decide --json`; fractions are exact, so that it reads back."""
        return {
            "hosted": self.hosted,
            "own": self.own,
            "currency": self.currency,
            "low": self.low,
            "high": self.high,
            "for_good": self.for_good,
            "words": self.words,
            "slope": [str(end) for end in self.slope],
            "fixed": [str(end) for end in self.fixed],
            "capacity": [str(end) for end in self.capacity],
        }

    def cheaper(self, volume: int) -> Cheaper:
        """Return which costs less at this many requests a day, whatever the ranges turn out to be.

        `either` where the ranges overlap.
        """
        if own_cost(volume, self.fixed.high, self.capacity.low) <= self.slope.low * volume:
            return "machine"
        own_low = own_cost(volume, self.fixed.low, self.capacity.high)
        return "hosted" if self.slope.high * volume < own_low else "either"

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


def lasting_volume(slope: Fraction, fixed: Fraction, capacity: Fraction) -> int | None:
    """Return the fewest requests a day from which machines never cost more than hosting.

    With k machines they pay from k times the first one's volume to k times its load; these spans
    touch once k times the spare load makes up for a whole machine.
    """
    first = first_volume(slope, fixed, capacity)
    if not first:
        return first
    pays, load = fixed / slope, max(1, floor(capacity))
    if pays <= 1:
        return first
    if load <= pays:
        return None
    machines = max(1, floor((pays - 1) / (load - pays)))
    while ceil(pays * (machines + 1)) > load * machines + 1:
        machines += 1
    return ceil(pays * machines)


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
        for_good=lasting_volume(slope.low, fixed.high, capacity.low),
        slope=slope,
        fixed=fixed,
        capacity=capacity,
    )


def recorded_break_even(stored: Mapping[str, Any]) -> BreakEven | None:
    """Return what `as_json` wrote; None for what was recorded without its curves."""
    try:
        slope, fixed, capacity = (
            Range(*(Fraction(end) for end in stored[name]))
            for name in ("slope", "fixed", "capacity")
        )
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    if min(*slope, *fixed) < 0 or min(capacity) <= 0:
        return None
    hosted, own = str(stored.get("hosted", "")), str(stored.get("own", ""))
    return break_even(
        hosted=hosted,
        own=own,
        currency=str(stored.get("currency", "")),
        slope=slope,
        fixed=fixed,
        capacity=capacity,
    )
