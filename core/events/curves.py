"""Every metric of a run, fed together."""

from collections.abc import Iterable
from itertools import accumulate
from typing import get_args

from core.events.schema import Evaluated, Event, ResourceRead, Resumed, StepLogged
from core.events.series import LIMIT, KeptSeries, Metric, Series


class Curves:
    """Every metric of a run, fed together."""

    def __init__(self, *, limit: int = LIMIT) -> None:
        self._by_metric: dict[Metric, Series] = {
            metric: Series(metric, limit=limit) for metric in get_args(Metric)
        }

    def __getitem__(self, metric: Metric) -> Series:
        """Return one metric's curve."""
        return self._by_metric[metric]

    def add(self, event: Event) -> None:
        """Give the event to the curves it concerns."""
        self.add_all((event,))

    def add_all(self, events: Iterable[Event]) -> None:
        """Give events to the curves they concern; neighbouring steps are taken together."""
        streak: list[StepLogged] = []
        for event in events:
            if isinstance(event, StepLogged):
                streak.append(event)
            elif isinstance(event, Evaluated | Resumed | ResourceRead):
                self._add_steps(streak)
                streak = []
                self._add_other(event)
        self._add_steps(streak)

    def _add_steps(self, events: list[StepLogged]) -> None:
        if not events:
            return
        steps = [float(event.step) for event in events]
        seconds = [event.seconds for event in events]
        times = [*accumulate(seconds, initial=self._by_metric["loss"].elapsed())][1:]
        for series in self._by_metric.values():
            series.add_steps(events, steps, times)

    def _add_other(self, event: Evaluated | Resumed | ResourceRead) -> None:
        if isinstance(event, ResourceRead):
            loss = self._by_metric["loss"]
            used = sum(gpu.used for gpu in event.gpus) or event.rss
            self._by_metric["memory"].put_at(loss.last_step, loss.elapsed(), float(used))
            return
        for series in self._by_metric.values():
            series.add(event)

    def kept(self) -> tuple[KeptSeries, ...]:
        """Return every curve as a snapshot holds it."""
        return tuple(series.kept() for series in self._by_metric.values())

    @classmethod
    def of(cls, kept: Iterable[KeptSeries]) -> "Curves":
        """Return the curves of a snapshot."""
        curves = cls()
        for one in kept:
            curves._by_metric[one.metric] = Series.of(one)
        return curves
