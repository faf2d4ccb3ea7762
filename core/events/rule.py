"""What a rule of alerts is made of: a frozen memory, and what it makes of one more event."""

from collections.abc import Iterable
from typing import Protocol

import msgspec
from msgspec.structs import replace

from core.events.schema import AlertRaised, Event


class Rule(Protocol):
    """One rule; its value is all it remembers of the events so far."""

    def look(self, event: Event) -> "tuple[Rule, AlertRaised | None]":
        """Return the rule after one more event, and what it found."""
        ...


class Average(msgspec.Struct, frozen=True, kw_only=True):
    """A moving average without the bias of the start."""

    keep: float = 0.9
    """How much of the past is kept at each value."""
    total: float = 0.0
    weight: float = 0.0

    @property
    def value(self) -> float | None:
        """The average, None before the first value."""
        return self.total / self.weight if self.weight else None

    def after(self, value: float) -> "Average":
        """Return the average after one more value."""
        rest = 1 - self.keep
        return replace(
            self, total=self.keep * self.total + rest * value, weight=self.keep * self.weight + rest
        )


def median(values: Iterable[float]) -> float:
    """Return the middle value; the standard module would cost the worker's start 20 ms."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]
