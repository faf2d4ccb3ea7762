"""Turns the values somebody logged at a step into events of ours."""

from core.events.schema import (
    Evaluated,
    Event,
    MessageLogged,
    Planned,
    Resumed,
    RunFinished,
    StepLogged,
)
from core.events.timing import seconds_between
from core.foreign.figures import is_figure, number
from core.foreign.names import Claims
from core.foreign.source import Further

_TAGS = 64
"""Curves without a name of ours that are kept; a hostile file may have thousands."""


class Points:
    """Knows what came before: the best evaluation, the pace, whether steps went back."""

    def __init__(self) -> None:
        self._claims = Claims()
        self._tags: set[str] = set()
        self._step = -1
        self._at = ""
        self._best: tuple[int, float] | None = None
        self._total: int | None = None

    def plan(self, total: int | None, epochs: float | None) -> list[Event]:
        """Return the plan when it is another than before."""
        if not total or total == self._total:
            return []
        self._total = total
        return [Planned(total_steps=total, epochs=epochs or 0.0)]

    def log(
        self, step: int, values: dict[str, object], *, t: str, pace: float | None = None
    ) -> tuple[list[Event], list[Further]]:
        """Return what the values of one step say; `pace` is seconds of a step where known."""
        ours: dict[str, object] = {}
        further: list[Further] = []
        for name, value in values.items():
            meaning = self._claims.meaning_of(name)
            if meaning is not None:
                ours[meaning] = value
            elif (found := number(value)) is not None and self._is_kept(name):
                further.append(Further(name, step, found))
        events: list[Event] = []
        if is_figure(ours.get("loss")):
            events += self._stepped(step, ours, t=t, pace=pace)
        if is_figure(ours.get("eval_loss")):
            events.append(self._evaluated(step, number(ours["eval_loss"]), t))
        if is_figure(ours.get("end")):
            seconds = number(ours["end"]) or 0.0
            events.append(RunFinished(t=t, reason="The trainer says it is done.", seconds=seconds))
        return events, further

    def ended(self, t: str) -> RunFinished:
        """Return the end of a run whose steps are all done."""
        return RunFinished(t=t, reason="All steps are done.", seconds=0.0)

    def _stepped(
        self, step: int, ours: dict[str, object], *, t: str, pace: float | None
    ) -> list[Event]:
        events: list[Event] = []
        if step < self._step:
            events += self._back_to(step - 1, t)
        took = seconds_between(self._at, t) if self._at and t else None
        if pace is None and took is not None and took > 0 and step > self._step >= 0:
            pace = took / (step - self._step)
        self._step, self._at = step, t
        events.append(
            StepLogged(
                t=t,
                step=step,
                loss=number(ours["loss"]),
                lr=number(ours.get("lr")) or 0.0,
                epoch=number(ours.get("epoch")) or 0.0,
                grad_norm=number(ours.get("grad_norm")),
                seconds=pace or 0.0,
            )
        )
        return events

    def _back_to(self, step: int, t: str) -> list[Event]:
        """Return that training went back: it was resumed, or begun again in the same place."""
        step = max(0, step)
        self._best = self._best if self._best and self._best[0] <= step else None
        text = f"The steps went back to {step}: the run was resumed or begun again."
        self._at = ""
        return [
            Resumed(t=t, from_step=step, checkpoint=""),
            MessageLogged(t=t, level="info", text=text),
        ]

    def _evaluated(self, step: int, loss: float | None, t: str) -> Evaluated:
        better = loss is not None and (self._best is None or loss < self._best[1])
        if better and loss is not None:
            self._best = (step, loss)
        return Evaluated(
            t=t,
            step=step,
            loss=loss,
            best=better,
            best_step=self._best[0] if self._best else step,
            best_loss=self._best[1] if self._best else None,
        )

    def _is_kept(self, tag: str) -> bool:
        if len(self._tags) < _TAGS:
            self._tags.add(tag)
        return tag in self._tags
