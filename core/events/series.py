"""Curves for charts: a drawing keeps every extreme, and memory stays bounded however long a run is.

Up to `LIMIT` points of a metric are kept as they were logged. Beyond that the older ones are
thinned out, each four to their smallest and their largest, so what is kept was always measured.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from math import isfinite
from typing import Literal, NamedTuple

import msgspec

from core.events.averages import KeptAverage, MovingAverage
from core.events.columns import EMPTY, Column, column_of, edges_of, mark, slices
from core.events.schema import Evaluated, Event, Resumed, StepLogged

Metric = Literal[
    "loss",
    "eval_loss",
    "batch_eval_loss",
    "lr",
    "grad_norm",
    "seconds",
    "tokens_per_second",
    "memory",
]
Axis = Literal["step", "time"]
"""Training steps, or seconds spent in them; the second never goes backwards."""
SMOOTHING = (0.0, 0.8, 0.95, 0.99)
"""How much of the past a smoothed line keeps; for these it is made from all points."""
LIMIT = 1 << 16
"""Points of one metric at which the older ones are thinned out."""
_GAP = 3
"""A distance this many times the one before is a gap."""
_BEGINNING = 2
"""Points after which the distance between points is known."""
_GROUP = 4
"""Neighbours of which a thinning keeps the smallest and the largest."""

_OF_STEP: dict[Metric, Callable[[StepLogged], float | None]] = {
    "loss": lambda event: event.loss,
    "lr": lambda event: event.lr,
    "grad_norm": lambda event: event.grad_norm,
    "seconds": lambda event: event.seconds,
    "tokens_per_second": lambda event: (
        event.tokens / event.seconds if event.tokens and event.seconds else None
    ),
}
_NAN_WHEN_MISSING = frozenset({"loss", "eval_loss"})
"""Metrics always measured: no value means that it was not finite."""


class Point(NamedTuple):
    """One measured value, never interpolated."""

    step: float
    value: float


class KeptSeries(msgspec.Struct, frozen=True, kw_only=True):
    """A curve as a snapshot holds it; each `bytes` is a row of doubles of this machine."""

    metric: Metric
    steps: bytes
    times: bytes
    values: bytes
    bad_steps: bytes
    bad_times: bytes
    gaps: bytes
    joins: tuple[tuple[float, float], ...]
    elapsed: float
    stride: float
    newest: float
    thinned: bool
    averages: tuple[KeptAverage, ...]


class Series:
    """One metric over the steps of a run; a resume makes later steps of before void."""

    def __init__(self, metric: Metric, *, limit: int = LIMIT) -> None:
        self.metric = metric
        self._limit = limit
        self._steps = array("d")
        self._times = array("d")
        self._values = array("d")
        self._bad_steps = array("d")
        self._bad_times = array("d")
        self._gaps = array("d")
        self._joins: list[tuple[float, float]] = []
        self._elapsed = 0.0
        self._stride = 0.0
        self._newest = 0.0
        self._thinned = False
        self._value_of = _OF_STEP.get(metric)
        self._averages: dict[float, MovingAverage] = {}

    def __len__(self) -> int:
        """Return the number of finite points kept."""
        return len(self._values)

    @property
    def last_step(self) -> float:
        """Return the newest step with any point."""
        return self._newest

    @property
    def last(self) -> float | None:
        """Return the newest finite value."""
        return self._values[-1] if self._values else None

    def add(self, event: Event) -> None:
        """Take the metric's value from an event that has one."""
        if isinstance(event, StepLogged):
            self._elapsed += event.seconds
            if self._value_of is not None:
                self._put(event.step, self._value_of(event))
        elif isinstance(event, Evaluated):
            if self.metric == ("batch_eval_loss" if event.of_batch else "eval_loss"):
                self._put(event.step, event.loss)
        elif isinstance(event, Resumed):
            self._rewind(event.from_step)

    def add_steps(
        self, events: Sequence[StepLogged], steps: Sequence[float], times: Sequence[float]
    ) -> None:
        """Take the values of neighbouring steps; the same as adding each, but for the speed."""
        if self._value_of is None:
            self._elapsed = times[-1]
            return
        if not self._stride and len(events) > _BEGINNING:
            self.add_steps(events[:_BEGINNING], steps[:_BEGINNING], times[:_BEGINNING])
            events, steps = events[_BEGINNING:], steps[_BEGINNING:]
            times = times[_BEGINNING:]
        values = [*map(self._value_of, events)]
        if values.count(None) == len(values) and self.metric not in _NAN_WHEN_MISSING:
            self._elapsed = times[-1]
        elif None in values or not isfinite(sum(values)) or not self._go_on(steps):  # type: ignore[arg-type]
            for step, time, value in zip(steps, times, values, strict=True):
                self._elapsed = time
                self._put(step, value)
        else:
            self._steps.extend(steps)
            self._times.extend(times)
            self._values.extend(values)  # type: ignore[arg-type]
            self._newest, self._elapsed = steps[-1], times[-1]
            self._thin_out()

    def _go_on(self, steps: Sequence[float]) -> bool:
        """Return whether the steps follow the newest one at the same distance."""
        stride = self._stride
        return bool(stride) and all(
            step == self._newest + stride * number for number, step in enumerate(steps, 1)
        )

    def put_at(self, step: float, time: float, value: float) -> None:
        """Take a value that was measured beside the steps."""
        self._elapsed = time
        self._put(step, value)
        self._stride = 0.0  # such values come when they come, so no distance is a gap

    def _put(self, step: float, value: float | None) -> None:
        if value is not None and value - value == 0:
            self._steps.append(step)
            self._times.append(self._elapsed)
            self._values.append(value)
            self._thin_out()
        elif value is None and self.metric not in _NAN_WHEN_MISSING:
            return
        else:
            self._bad_steps.append(step)
            self._bad_times.append(self._elapsed)
            if len(self._bad_steps) > self._limit:
                del self._bad_steps[1::2], self._bad_times[1::2]
        distance = step - self._newest
        if distance != self._stride:
            if self._stride and distance > _GAP * self._stride:
                self._gaps.append(step)
            if len(self._steps) + len(self._bad_steps) > 1:
                self._stride = distance
        self._newest = step

    def _thin_out(self) -> None:
        """Halve what is kept once it is too much; every extreme stays."""
        if len(self._values) <= self._limit:
            return
        if self.metric == "loss":
            for weight in SMOOTHING[1:]:
                self._moving_average(weight)
        self._averages = {
            weight: average
            for weight, average in self._averages.items()
            if len(average.values) == len(self._values)
        }
        values = self._values
        kept: list[int] = []
        for start in range(0, len(values), _GROUP):
            places = range(start, min(start + _GROUP, len(values)))
            ends = {min(places, key=values.__getitem__), max(places, key=values.__getitem__)}
            kept += sorted(ends)
        if kept[-1] != len(values) - 1:
            kept.append(len(values) - 1)  # the newest point stays what it was
        self._steps = array("d", [self._steps[place] for place in kept])
        self._times = array("d", [self._times[place] for place in kept])
        self._values = array("d", [values[place] for place in kept])
        for average in self._averages.values():
            average.values = array("d", [average.values[place] for place in kept])
        self._thinned = True

    def _rewind(self, step: int) -> None:
        """Drop every point after the step."""
        keep = bisect_right(self._steps, step)
        del self._steps[keep:], self._times[keep:], self._values[keep:]
        self._rewind_averages(keep)
        keep = bisect_right(self._bad_steps, step)
        del self._bad_steps[keep:], self._bad_times[keep:]
        del self._gaps[bisect_right(self._gaps, step) :]
        self._joins = [join for join in self._joins if join[0] < step]
        ends = [times[-1] for times in (self._times, self._bad_times) if times]
        self._elapsed = max(ends, default=0.0)
        self._joins.append((step, self._elapsed))
        self._newest = min(self._newest, step)
        self._stride = 0.0

    def _rewind_averages(self, keep: int) -> None:
        """Let averages begin again, or go on from a kept one where the points are thinned out."""
        if not self._thinned:
            self._averages.clear()
        for average in self._averages.values():
            del average.values[keep:]
            average.total, average.norm = average.values[-1] if keep else 0.0, float(keep > 0)

    def columns(
        self, width: int, x_max: float, *, x_min: float = 0.0, axis: Axis = "step"
    ) -> list[Column]:
        """Return `width` columns over x_min..x_max; the last one holds x_max itself."""
        xs, bad = (
            (self._steps, self._bad_steps) if axis == "step" else (self._times, self._bad_times)
        )
        edges = edges_of(width, x_min, x_max)
        drawn = [EMPTY] * width
        for column, (start, end) in enumerate(slices(xs, edges)):
            if start < end:
                part = self._values[start:end]
                drawn[column] = Column(min(part), max(part), part[-1], False, False, False)
        for x in bad:
            mark(drawn, column_of(x, edges), has_nan=True)
        for step in self._gaps:
            mark(drawn, column_of(self._x(step, axis), edges), gap=True)
        for join in self._joins:
            x = join[0] if axis == "step" else join[1]
            mark(drawn, column_of(x, edges), gap=True, resumed=True)
        return drawn

    def smoothed(
        self, weight: float, width: int, x_max: float, *, x_min: float = 0.0, axis: Axis = "step"
    ) -> list[float | None]:
        """Return the moving average at the last point of each column, from all points.

        `weight` is how much of the past is kept, 0 for none; the start has no bias to zero.
        """
        values = self._moving_average(weight)
        xs = self._steps if axis == "step" else self._times
        parts = slices(xs, edges_of(width, x_min, x_max))
        return [values[end - 1] if start < end else None for start, end in parts]

    def smoothed_at(self, weight: float, step: float) -> float | None:
        """Return the moving average after the newest point up to a step."""
        place = bisect_right(self._steps, step) - 1
        return self._moving_average(weight)[place] if place >= 0 else None

    def _moving_average(self, weight: float) -> "array[float]":
        """Return the average after each point; only points that came since are worked on."""
        if not weight:
            return self._values
        average = self._averages.setdefault(weight, MovingAverage())
        average.extend(weight, self._values[len(average.values) :])
        return average.values

    def nearest(self, x: float, *, axis: Axis = "step") -> Point | None:
        """Return the measured point closest to a place on an axis; None when there is none."""
        xs = self._steps if axis == "step" else self._times
        if not xs:
            return None
        after = bisect_left(xs, x)
        places = [place for place in (after - 1, after) if 0 <= place < len(xs)]
        best = min(places, key=lambda place: abs(xs[place] - x))
        return Point(self._steps[best], self._values[best])

    def points(self) -> list[Point]:
        """Return every finite point that is kept."""
        return list(map(Point, self._steps, self._values))

    def elapsed(self) -> float:
        """Return the seconds spent in steps so far, the end of the time axis."""
        return self._elapsed

    def time_of(self, step: float) -> float:
        """Return how many seconds of steps had passed at a step."""
        return self._x(step, "time")

    def _x(self, step: float, axis: Axis) -> float:
        """Return where a step lies on an axis."""
        if axis == "step":
            return step
        place = min(bisect_left(self._steps, step), len(self._times) - 1)
        return self._times[place] if place >= 0 else 0.0

    def kept(self) -> KeptSeries:
        """Return the curve as a snapshot holds it."""
        return KeptSeries(
            metric=self.metric,
            steps=self._steps.tobytes(),
            times=self._times.tobytes(),
            values=self._values.tobytes(),
            bad_steps=self._bad_steps.tobytes(),
            bad_times=self._bad_times.tobytes(),
            gaps=self._gaps.tobytes(),
            joins=tuple(self._joins),
            elapsed=self._elapsed,
            stride=self._stride,
            newest=self._newest,
            thinned=self._thinned,
            averages=tuple(average.kept(weight) for weight, average in self._averages.items()),
        )

    @classmethod
    def of(cls, kept: KeptSeries) -> "Series":
        """Return the curve of a snapshot."""
        series = cls(kept.metric)
        series._steps = array("d", kept.steps)
        series._times = array("d", kept.times)
        series._values = array("d", kept.values)
        series._bad_steps = array("d", kept.bad_steps)
        series._bad_times = array("d", kept.bad_times)
        series._gaps = array("d", kept.gaps)
        series._joins = list(kept.joins)
        series._elapsed, series._stride = kept.elapsed, kept.stride
        series._newest, series._thinned = kept.newest, kept.thinned
        series._averages = {one.weight: MovingAverage.of(one) for one in kept.averages}
        return series
