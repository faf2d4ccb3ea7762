"""Validation against training: rising while the other falls, or ever farther above it."""

import msgspec
from msgspec.structs import replace

from core.events.rule import Average, Rule
from core.events.schema import AlertRaised, Evaluated, Event, StepLogged

_RISING = 2
_GAP = 0.5
"""Nats between validation and training loss."""


class Overfit(msgspec.Struct, frozen=True, kw_only=True):
    """The validation loss rises while the training loss falls."""

    smoothed: Average = Average()
    before: float | None = None
    """The validation loss of the look before."""
    train_before: float | None = None
    rising: int = 0
    """Looks in a row that were worse than the one before."""

    def look(self, event: Event) -> tuple["Overfit", AlertRaised | None]:
        """Say it at the second rise in a row."""
        if isinstance(event, StepLogged) and event.loss is not None:
            return replace(self, smoothed=self.smoothed.after(event.loss)), None
        if not isinstance(event, Evaluated) or event.of_batch:
            return self, None
        train, rising = self.smoothed.value, 0
        if event.loss is not None and self.before is not None and event.loss > self.before:
            learning = train is None or self.train_before is None or train <= self.train_before
            rising = self.rising + 1 if learning else 0
        after = replace(self, before=event.loss, train_before=train, rising=rising)
        if rising != _RISING or event.loss is None:
            return after, None
        evidence: dict[str, float | str] = {"validation": event.loss, "rises": float(rising)}
        if event.best_loss is not None:
            evidence["best"] = event.best_loss
        return after, AlertRaised(
            rule="overfit",
            level="warning",
            step=event.step,
            message=f"The validation loss rose {rising} times while the training loss fell.",
            action=f"Stop and keep step {event.best_step}, or train for fewer epochs.",
            evidence=evidence,
            key="stop",
        )


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Validation is far above training, and farther than at the look before."""

    smoothed: Average = Average()
    before: float | None = None
    """The distance at the look before."""
    said: bool = False

    def look(self, event: Event) -> tuple["Gap", AlertRaised | None]:
        """Say it once."""
        if isinstance(event, StepLogged) and event.loss is not None:
            return replace(self, smoothed=self.smoothed.after(event.loss)), None
        train = self.smoothed.value
        if not isinstance(event, Evaluated) or event.of_batch:
            return self, None
        if event.loss is None or train is None:
            return self, None
        gap = event.loss - train
        after = replace(self, before=gap)
        if self.said or gap <= _GAP or self.before is None or gap <= self.before:
            return after, None
        return replace(after, said=True), AlertRaised(
            rule="gap",
            level="warning",
            step=event.step,
            message=f"Validation is {gap:.3g} above training, and the distance grows.",
            action="Stop and keep the best; more data, fewer epochs or dropout would help.",
            evidence={"validation": event.loss, "training": train, "before": self.before},
            key="stop",
        )


RULES: tuple[type[Rule], ...] = (Overfit, Gap)
