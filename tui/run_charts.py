"""The charts of a run: what each shows, of which part, and the exact values at a place."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from tui.widgets.plotting import Plot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.events.curves import Curves
    from core.events.run_state import RunState
    from core.events.series import Axis, Metric, Point, Series

_FEWEST_STEPS = 8
"""A closer look than so many steps shows nothing more."""
_FIRST_EDGE = 64
"""Steps, or seconds, at the right edge while the end is not known; it doubles when reached."""
_HOPS = 4
"""A zoomed chart that follows the newest step moves on by this part of its width at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart of a run."""

    metric: "Metric"
    title: str
    scale: float = 1.0
    """What a value is multiplied by to be shown in the unit of the title."""


CHARTS = (
    Chart(metric="loss", title="loss"),
    Chart(metric="lr", title="learning rate"),
    Chart(metric="grad_norm", title="gradient norm"),
    Chart(metric="tokens_per_second", title="tokens/s"),
    Chart(metric="memory", title="memory, GB", scale=1 / (1 << 30)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Which part of the curves is looked at."""

    columns: tuple[int, ...] = (0,) * len(CHARTS)
    """Dot columns of each chart; 0 for one out of sight."""
    weight: float = 0.8
    """How much of the past the smoothed line keeps."""
    axis: "Axis" = "step"
    zoom: int = 0
    """How often the x axis was halved."""
    start: float | None = None
    """Left edge of a zoomed x axis; None follows the newest step."""
    cursor: float | None = None
    """Where on the x axis values are read; None for the newest."""


class Values(NamedTuple):
    """What was measured at one step, never interpolated."""

    step: float
    raw: float
    smooth: float | None
    near: "Point | None"
    """The evaluation nearest to the step."""
    each: tuple[float | None, ...]
    """Of each chart, in its unit."""
    elapsed: float
    """Seconds spent in steps by then."""


def window(state: "RunState", curves: "Curves", view: View) -> tuple[float, float]:
    """Return both ends of the x axis."""
    end, newest = _end(state, curves, view.axis), _newest(curves, view.axis)
    if not view.zoom:
        return 0.0, end
    span = max(end / 2**view.zoom, _FEWEST_STEPS)
    start = view.start
    if start is None:
        hop = span / _HOPS
        start = -(-max(0.0, newest - span) // hop) * hop
    start = max(0.0, min(start, end - span))
    return start, start + span


def zoomed(state: "RunState", curves: "Curves", view: View, steps: int) -> View:
    """Return a view of half or twice as much, around the cursor or at the newest step."""
    before = window(state, curves, view)
    closest = 0
    while _end(state, curves, view.axis) / 2 ** (closest + 1) >= _FEWEST_STEPS:
        closest += 1
    near = replace(view, zoom=max(0, min(view.zoom + steps, closest)))
    if view.cursor is None:
        return replace(near, start=None) if view.start is None or not near.zoom else near
    span = (before[1] - before[0]) / 2 ** (near.zoom - view.zoom)
    return replace(near, start=max(0.0, view.cursor - span / 2) if near.zoom else None)


def panned(state: "RunState", curves: "Curves", view: View, steps: int) -> View:
    """Return a view of the part before or after; past the end it follows the newest again."""
    left, right = window(state, curves, view)
    start = left + steps * (right - left) / _HOPS
    if steps > 0 and right >= _newest(curves, view.axis):
        return replace(view, start=None)
    return replace(view, start=max(0.0, start))


def _end(state: "RunState", curves: "Curves", axis: "Axis") -> float:
    """Return the right edge of all there is: the planned end, else doublings of what there is."""
    if axis == "step" and state.total_steps:
        return float(state.total_steps)
    newest = state.step if axis == "step" else curves["loss"].elapsed()
    edge = _FIRST_EDGE
    while edge < newest:
        edge *= 2
    return float(edge)


def _newest(curves: "Curves", axis: "Axis") -> float:
    return curves["loss"].last_step if axis == "step" else curves["loss"].elapsed()


def plot_of(chart: Chart, state: "RunState", curves: "Curves", columns: int, view: View) -> Plot:
    """Return one chart, ready to be drawn."""
    x_min, x_max = window(state, curves, view)
    series = curves[chart.metric]
    plot = Plot(x_min=x_min, x_max=x_max, time=view.axis == "time")
    if columns < 1:
        return plot
    found = series.columns(columns, x_max, x_min=x_min, axis=view.axis)
    smooth: tuple[float | None, ...] = tuple(_scaled(one.last, chart) for one in found)
    main = chart.metric == "loss"
    if main and view.weight:
        smooth = tuple(series.smoothed(view.weight, columns, x_max, x_min=x_min, axis=view.axis))
    plot = replace(
        plot,
        low=tuple(_scaled(one.min, chart) for one in found),
        high=tuple(_scaled(one.max, chart) for one in found),
        smooth=smooth,
        gaps=frozenset(x for x, one in enumerate(found) if one.gap),
        broken=frozenset(x for x, one in enumerate(found) if one.has_nan),
        empty="" if len(series) else "nothing measured yet",
    )
    return replace(
        plot,
        evals=_evals(plot, curves["eval_loss"], view) if main else (),
        letters=(
            *((x, "R") for x, one in enumerate(found) if one.resumed),
            *_letters(plot, state, curves["loss"], view),
        ),
    )


def _scaled(value: float | None, chart: Chart) -> float | None:
    return None if value is None else value * chart.scale


def _evals(plot: Plot, evals: "Series", view: View) -> tuple[tuple[int, float], ...]:
    """Return column and loss of the evaluations in sight."""
    placed = ((plot.column_of(_place(one.step, evals, view)), one.value) for one in evals.points())
    return tuple((column, loss) for column, loss in placed if column is not None)


def _letters(
    plot: Plot, state: "RunState", steps: "Series", view: View
) -> tuple[tuple[int, str], ...]:
    """Return what happened where; what is put later covers what was put before."""
    marks = [(one.step, "C") for one in state.checkpoints]
    marks += [(state.best_step, "B")] if state.best_step else []
    marks += [(one.step, "M") for one in state.out_of_memory]
    marks += [(one.step, "!") for one in state.alerts if one.level != "info"]
    placed = ((plot.column_of(_place(step, steps, view)), letter) for step, letter in marks)
    return tuple((column, letter) for column, letter in placed if column is not None)


def _place(step: float, steps: "Series", view: View) -> float:
    """Return where a step lies on the x axis of a view."""
    return step if view.axis == "step" else steps.time_of(step)


def place_of(step: float, curves: "Curves", view: View) -> float:
    """Return where a step lies on the x axis of a view."""
    return _place(step, curves["loss"], view)


def following(places: "Sequence[float]", at: float | None, steps: int) -> float:
    """Return the next of some sorted places, or the one before; at an end one stays."""
    if at is None:
        return places[-1 if steps < 0 else 0]
    ahead = [one for one in places if (one > at if steps > 0 else one < at)]
    return ahead[0 if steps > 0 else -1] if ahead else at


def values_at(curves: "Curves", view: View) -> Values | None:
    """Return the exact values nearest to the cursor, or the newest ones."""
    loss, axis = curves["loss"], view.axis
    x = _newest(curves, axis) if view.cursor is None else view.cursor
    point = loss.nearest(x, axis=axis)
    if point is None:
        return None
    nearest = (curves[chart.metric].nearest(x, axis=axis) for chart in CHARTS)
    each = tuple(
        None if one is None else one.value * chart.scale
        for one, chart in zip(nearest, CHARTS, strict=True)
    )
    smooth = loss.smoothed_at(view.weight, point.step)
    evals = curves["eval_loss"].nearest(point.step)
    return Values(point.step, point.value, smooth, evals, each, loss.time_of(point.step))
