"""Whether anything is learned: an odd first loss, none at all, or no more."""

from math import log

import msgspec
from msgspec.structs import replace

from core.events.rule import Average, Rule
from core.events.schema import AlertRaised, DataReady, Event, Planned, StepLogged

_WORSE_THAN_CHANCE = 12.5
"""The loss of guessing among 268,000 tokens, more than vocabularies have."""
_CHANCE_SPREAD = 1.1
"""Weights that know nothing start a little above the loss of guessing."""
_KNOWN_ALREADY = 0.1
_START_STEPS = 5
"""Steps whose mean loss is the start."""
_JUDGED_AT = 0.2
"""Share of all steps after which a loss must have moved."""
_MOVED = 0.01
_FEWEST_STEPS = 20
_FLAT = 0.005
"""A smaller fall of the smoothed loss, as a share of it, is none."""
_FLAT_SHARE = 0.25
"""Share of all steps for which it must not have fallen."""
_FLAT_STEPS = 50
_NEAR_THE_END = 0.8
"""From here on a flat loss is what the schedule wants."""


class OddStart(msgspec.Struct, frozen=True, kw_only=True):
    """The very first loss is one that no sound start has."""

    vocabulary: int | None = None
    """Tokens the model chooses among; None when unknown."""

    def look(self, event: Event) -> tuple["OddStart", AlertRaised | None]:
        """Judge step 1 alone."""
        if isinstance(event, DataReady):
            return OddStart(vocabulary=event.vocabulary), None
        if not isinstance(event, StepLogged) or event.step != 1 or event.loss is None:
            return self, None
        most = _CHANCE_SPREAD * log(self.vocabulary) if self.vocabulary else _WORSE_THAN_CHANCE
        if _KNOWN_ALREADY <= event.loss <= most:
            return self, None
        why = "the model knows these answers already"
        if event.loss > most:
            among = f" among {self.vocabulary:,} tokens" if self.vocabulary else ""
            why = f"that is worse than guessing{among}"
        return self, AlertRaised(
            rule="odd_start",
            level="warning",
            step=1,
            message=f"The first loss is {event.loss:.4g}: {why}.",
            action="Stop, and check template and mask; look for rows the base model has seen.",
            evidence={"loss": event.loss, "least": _KNOWN_ALREADY, "most": most},
            key="stop",
        )


class NoLearning(msgspec.Struct, frozen=True, kw_only=True):
    """After a fifth of all steps the loss is where it began."""

    total: int = 0
    begun: int = 0
    """Losses of the start so far; -1 where the start was not seen."""
    start: float = 0.0
    """Their sum."""
    smoothed: Average = Average()

    def look(self, event: Event) -> tuple["NoLearning", AlertRaised | None]:
        """Judge once."""
        if isinstance(event, Planned):
            return replace(self, total=event.total_steps), None
        if not isinstance(event, StepLogged) or event.loss is None or self.begun < 0:
            return self, None
        if not self.begun and event.step != 1:
            return replace(self, begun=-1), None
        if self.begun < _START_STEPS:
            return replace(self, begun=self.begun + 1, start=self.start + event.loss), None
        after = replace(self, smoothed=self.smoothed.after(event.loss))
        now, start = after.smoothed.value or 0.0, self.start / _START_STEPS
        due = self.total and event.step == max(_FEWEST_STEPS, int(_JUDGED_AT * self.total))
        if not due or now < (1 - _MOVED) * start or now > (1 + _MOVED) * start:
            return after, None
        return after, AlertRaised(
            rule="no_learning",
            level="warning",
            step=event.step,
            message=f"The loss is {now:.4g} and began at {start:.4g}: nothing was learned.",
            action="Stop, check the mask, and try three times the learning rate.",
            evidence={"start": start, "smoothed": now, "learning_rate": event.lr},
            key="stop",
        )


class Plateau(msgspec.Struct, frozen=True, kw_only=True):
    """The loss has fallen, and then no more for long before the end."""

    total: int = 0
    first: float | None = None
    """The smoothed loss when it first meant something."""
    best: float | None = None
    """The smoothed loss when it last fell noticeably."""
    best_step: int = 0
    smoothed: Average = Average(keep=0.95)
    seen: int = 0
    said: bool = False

    def look(self, event: Event) -> tuple["Plateau", AlertRaised | None]:
        """Say it once a plateau."""
        if isinstance(event, Planned):
            return replace(self, total=event.total_steps), None
        if not isinstance(event, StepLogged) or event.loss is None:
            return self, None
        smoothed = self.smoothed.after(event.loss)
        now, seen = smoothed.value or 0.0, self.seen + 1
        after = replace(self, smoothed=smoothed, seen=seen)
        if seen < _FEWEST_STEPS:
            return after, None
        if self.best is None or now < (1 - _FLAT) * self.best:
            first = now if self.first is None else self.first
            return replace(after, first=first, best=now, best_step=event.step, said=False), None
        length = max(_FLAT_STEPS, int(_FLAT_SHARE * self.total))
        late = not self.total or event.step > _NEAR_THE_END * self.total
        learned = self.first is not None and self.best < (1 - 2 * _MOVED) * self.first
        if self.said or late or not learned or event.step - self.best_step < length:
            return after, None
        return replace(after, said=True), AlertRaised(
            rule="plateau",
            level="info",
            step=event.step,
            message=f"The loss has not fallen since step {self.best_step}: it stays at {now:.4g}.",
            action="Stopping now loses little; more or other data would help more than steps.",
            evidence={"smoothed": now, "since_step": float(self.best_step)},
            key="stop",
        )


RULES: tuple[type[Rule], ...] = (OddStart, NoLearning, Plateau)
