"""`trainer_log.jsonl`, which LLaMA-Factory writes line by line while it trains."""

from pathlib import Path
from typing import Any

from core.events.schema import Event
from core.foreign.figures import clock_seconds, json_object, moment, number, whole
from core.foreign.points import Points
from core.foreign.source import Found, Further
from core.foreign.tail import Lines

NAME = "trainer_log.jsonl"
_NOT_CURVES = frozenset(
    {"current_steps", "total_steps", "percentage", "elapsed_time", "remaining_time"}
)


class TrainerLog:
    """Follows one such file."""

    live = True

    def __init__(self, path: Path) -> None:
        self._lines = Lines(path)
        self._begin()

    def _begin(self) -> None:
        self._points = Points()
        self._garbage = 0
        self._elapsed: tuple[int, float] | None = None

    @property
    def damaged(self) -> int:
        """Lines that are none of LLaMA-Factory's."""
        return self._garbage + self._lines.overlong

    @property
    def changed(self) -> float:
        """When the file last changed."""
        return self._lines.tail.changed

    @property
    def files(self) -> tuple[str, ...]:
        """The one file."""
        return (str(self._lines.tail.path),)

    def read(self) -> Found:
        """Return what the new lines say."""
        lines, more, restarted = self._lines.read()
        if restarted:
            self._begin()
        events: list[Event] = []
        further: list[Further] = []
        for line in lines:
            values = json_object(line)
            step = whole(values.get("current_steps")) if values else None
            if values is None or step is None:
                self._garbage += bool(line.strip())
                continue
            one, other = self._said(step, values)
            events += one
            further += other
        return Found(events, further, more, restarted)

    def _said(self, step: int, values: dict[str, Any]) -> tuple[list[Event], list[Further]]:
        """Return what one line says."""
        t = moment(self.changed)
        total = whole(values.get("total_steps"))
        events = self._points.plan(total, None)
        pace = self._pace(step, clock_seconds(values.get("elapsed_time")))
        curves = {name: value for name, value in values.items() if name not in _NOT_CURVES}
        said, further = self._points.log(step, curves, t=t, pace=pace)
        events += said
        if total and step >= total and number(values.get("loss")) is None:
            events.append(self._points.ended(t))
        return events, further

    def _pace(self, step: int, elapsed: float | None) -> float | None:
        """Return the seconds of a step since the line before; 0 when that cannot be told."""
        before = self._elapsed
        if elapsed is None:
            return 0.0
        self._elapsed = (step, elapsed)
        if before is None or step <= before[0] or elapsed < before[1]:
            return 0.0
        return (elapsed - before[1]) / (step - before[0])
