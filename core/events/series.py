"""Curves for charts: all points are kept, and a drawing keeps every extreme of them."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from itertools import pairwise
from typing import Literal, NamedTuple, get_args

from core.events.schema import Evaluated, Event, Resumed, StepLogged

Metric = Literal["loss", "eval_loss", "lr", "grad_norm", "seconds", "tokens_per_second"]
Axis = Literal["step", "time"]
"""Training steps, or seconds spent in them; the second never goes backwards."""
_GAP = 3
"""A distance this many times the one before is a gap."""

_OF_STEP: dict[Metric, Callable[[StepLogged], float | None]] = {
    "loss": lambda event: event.loss,
    "lr": lambda event: event.lr,
    "grad_norm": lambda event: event.grad_norm,
    "seconds": lambda event: event.seconds,
    "tokens_per_second": lambda event: event.tokens / event.seconds if event.seconds else None,
}
_NAN_WHEN_MISSING = frozenset({"loss", "eval_loss"})
"""Metrics always measured: no value means that it was not finite."""


class Column(NamedTuple):
    """What one column of a chart shows."""

    min: float | None
    """None when no finite point falls here."""
    max: float | None
    last: float | None
    has_nan: bool
    """Whether a point here was NaN or infinite."""
    gap: bool
    """Whether the line must not join this column's first point to the one before."""
    resumed: bool
    """Whether a later attempt goes on from here."""


EMPTY = Column(None, None, None, has_nan=False, gap=False, resumed=False)


class Point(NamedTuple):
    """One measured value, never interpolated."""

    step: float
    value: float


class Series:
    """One metric over the steps of a run; a resume makes later steps of before void."""

    def __init__(self, metric: Metric) -> None:
        self.metric = metric
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
        self._value_of = _OF_STEP.get(metric)
        self._smoothed: tuple[float, array[float], float, float] = (0.0, array("d"), 0.0, 0.0)

    def __len__(self) -> int:
        """Return the number of finite points."""
        return len(self._values)

    @property
    def last_step(self) -> float:
        """Return the newest step with any point."""
        return self._newest

    def add(self, event: Event) -> None:
        """Take the metric's value from an event that has one."""
        if isinstance(event, StepLogged):
            self.add_step(event)
        elif isinstance(event, Evaluated):
            if self._value_of is None:
                self._put(event.step, event.loss)
        elif isinstance(event, Resumed):
            self._rewind(event.from_step)

    def add_step(self, event: StepLogged) -> None:
        """Take the metric's value from a step, the event that a log has most of."""
        self._elapsed += event.seconds
        if self._value_of is not None:
            self._put(event.step, self._value_of(event))

    def _put(self, step: float, value: float | None) -> None:
        if value is not None and value - value == 0:
            self._steps.append(step)
            self._times.append(self._elapsed)
            self._values.append(value)
        elif value is None and self.metric not in _NAN_WHEN_MISSING:
            return
        else:
            self._bad_steps.append(step)
            self._bad_times.append(self._elapsed)
        distance = step - self._newest
        if distance != self._stride:
            if self._stride and distance > _GAP * self._stride:
                self._gaps.append(step)
            if len(self._steps) + len(self._bad_steps) > 1:
                self._stride = distance
        self._newest = step

    def _rewind(self, step: int) -> None:
        """Drop every point after the step."""
        keep = bisect_right(self._steps, step)
        del self._steps[keep:], self._times[keep:], self._values[keep:]
        keep = bisect_right(self._bad_steps, step)
        del self._bad_steps[keep:], self._bad_times[keep:]
        del self._gaps[bisect_right(self._gaps, step) :]
        self._joins = [join for join in self._joins if join[0] < step]
        ends = [times[-1] for times in (self._times, self._bad_times) if times]
        self._elapsed = max(ends, default=0.0)
        self._joins.append((step, self._elapsed))
        self._newest = min(self._newest, step)
        self._stride = 0.0
        self._smoothed = (0.0, array("d"), 0.0, 0.0)

    def columns(
        self, width: int, x_max: float, *, x_min: float = 0.0, axis: Axis = "step"
    ) -> list[Column]:
        """Return `width` columns over x_min..x_max; the last one holds x_max itself."""
        xs, bad = (
            (self._steps, self._bad_steps) if axis == "step" else (self._times, self._bad_times)
        )
        edges = _edges(width, x_min, x_max)
        starts = [bisect_left(xs, edge) for edge in edges[:-1]]
        starts.append(bisect_right(xs, edges[-1]))
        drawn = [EMPTY] * width
        for column, (start, end) in enumerate(pairwise(starts)):
            if start < end:
                part = self._values[start:end]
                drawn[column] = Column(min(part), max(part), part[-1], False, False, False)
        for x in bad:
            _mark(drawn, _column(x, width, x_min, x_max), has_nan=True)
        for step in self._gaps:
            _mark(drawn, _column(self._x(step, axis), width, x_min, x_max), gap=True)
        for join in self._joins:
            x = join[0] if axis == "step" else join[1]
            _mark(drawn, _column(x, width, x_min, x_max), gap=True, resumed=True)
        return drawn

    def smoothed(
        self, weight: float, width: int, x_max: float, *, x_min: float = 0.0, axis: Axis = "step"
    ) -> list[float | None]:
        """Return the moving average at the last point of each column, from all points.

        `weight` is how much of the past is kept, 0 for none; the start has no bias to zero.
        """
        values = self._moving_average(weight)
        xs = self._steps if axis == "step" else self._times
        edges = _edges(width, x_min, x_max)
        starts = [bisect_left(xs, edge) for edge in edges[:-1]]
        starts.append(bisect_right(xs, edges[-1]))
        return [values[end - 1] if start < end else None for start, end in pairwise(starts)]

    def _moving_average(self, weight: float) -> "array[float]":
        """Return the average after each point; only points that came since are worked on."""
        known, averages, total, norm = self._smoothed
        if known != weight:
            averages, total, norm = array("d"), 0.0, 0.0
        for value in self._values[len(averages) :]:
            total = weight * total + (1 - weight) * value
            norm = weight * norm + (1 - weight)
            averages.append(total / norm)
        self._smoothed = (weight, averages, total, norm)
        return averages

    def nearest(self, step: float) -> Point | None:
        """Return the measured point closest to a step; None when there is none."""
        if not self._steps:
            return None
        after = bisect_left(self._steps, step)
        places = [place for place in (after - 1, after) if 0 <= place < len(self._steps)]
        best = min(places, key=lambda place: abs(self._steps[place] - step))
        return Point(self._steps[best], self._values[best])

    def points(self) -> list[Point]:
        """Return every finite point."""
        return list(map(Point, self._steps, self._values))

    def elapsed(self) -> float:
        """Return the seconds spent in steps so far, the end of the time axis."""
        return self._elapsed

    def _x(self, step: float, axis: Axis) -> float:
        """Return where a step lies on an axis."""
        if axis == "step":
            return step
        place = min(bisect_left(self._steps, step), len(self._times) - 1)
        return self._times[place] if place >= 0 else 0.0


class Curves:
    """Every metric of a run, fed together."""

    def __init__(self) -> None:
        self._all = tuple(Series(metric) for metric in get_args(Metric))
        self._by_metric: dict[Metric, Series] = {one.metric: one for one in self._all}

    def __getitem__(self, metric: Metric) -> Series:
        """Return one metric's curve."""
        return self._by_metric[metric]

    def add(self, event: Event) -> None:
        """Give the event to the curves it concerns."""
        if isinstance(event, StepLogged):
            for series in self._all:
                series.add_step(event)
        elif isinstance(event, Evaluated | Resumed):
            for series in self._all:
                series.add(event)


def _edges(width: int, x_min: float, x_max: float) -> list[float]:
    """Return the borders of the columns."""
    span = max(x_max - x_min, 1e-9)
    return [x_min + span * column / width for column in range(width)] + [max(x_max, x_min)]


def _column(x: float, width: int, x_min: float, x_max: float) -> int | None:
    """Return the column of an x, None outside."""
    if not x_min <= x <= x_max:
        return None
    edges = _edges(width, x_min, x_max)
    return min(bisect_right(edges, x) - 1, width - 1)


def _mark(
    drawn: list[Column],
    column: int | None,
    *,
    has_nan: bool = False,
    gap: bool = False,
    resumed: bool = False,
) -> None:
    """Add marks to a column."""
    if column is None:
        return
    was = drawn[column]
    drawn[column] = was._replace(
        has_nan=was.has_nan or has_nan, gap=was.gap or gap, resumed=was.resumed or resumed
    )
