"""One look at a job for its screen: folds what is new and prepares the plot off the loop."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tui.widgets.plotting import Plot
from tui.wording import LIVE, age

if TYPE_CHECKING:
    from core.events.run_state import RunState
    from core.events.series import Curves, Point
    from core.jobs.status import JobStatus
    from core.jobs.watching import JobViewer
    from core.workspace import RunFolder

SMOOTHING = (0.0, 0.8, 0.95, 0.99)
"""How much of the past each step of `s` keeps."""
_LOG_TAIL = 8_000
"""Bytes of the worker's own output that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLook:
    """What a look found; equal looks paint nothing."""

    status: "JobStatus"
    """What the log and the lock say together."""
    plot: Plot
    tail: str
    """The end of what the worker's process printed; not yet safe to show."""
    newest: str
    """Age of the newest event in words, or when the job ended."""

    @property
    def state(self) -> "RunState":
        """All that the log says."""
        return self.status.run_state


class RunWatch:
    """Follows one job; `look` runs in a thread, the rest is called under the feed's lock."""

    def __init__(self, folder: "RunFolder", clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._folder = folder
        self._viewer: JobViewer | None = None
        self.columns = 0
        """Dot columns of the chart; set by the screen."""
        self.weight = SMOOTHING[1]
        """How much of the past the smoothed line keeps."""

    def look(self) -> RunLook:
        """Read what is new, all of it."""
        from core.jobs.status import Viewer

        if self._viewer is None:
            self._viewer = Viewer(self._folder)
        self._viewer.look_until_caught_up()
        return self.present()

    def present(self) -> RunLook:
        """Return what is known, drawn for the present columns and smoothing."""
        assert self._viewer is not None, "presented before the first look"
        status = self._viewer.status
        return RunLook(
            status=status,
            plot=plot_of(status.run_state, self._viewer.curves, self.columns, self.weight),
            tail=read_tail(self._folder.log),
            newest=newest_words(status, self._clock()),
        )

    @property
    def seen(self) -> bool:
        """Whether there was a look."""
        return self._viewer is not None

    def values_at(self, column: int | None) -> "Values | None":
        """Return the exact values nearest to a column, or the newest ones."""
        if self._viewer is None:
            return None
        curves = self._viewer.curves
        loss, evals = curves["loss"], curves["eval_loss"]
        end = _x_max(self._viewer.status.run_state)
        step = loss.last_step if column is None else end * (column + 0.5) / max(self.columns, 1)
        point = loss.nearest(step)
        if point is None:
            return None
        smooth = loss.smoothed(self.weight, 1, point.step)[0]
        return Values(point.step, point.value, smooth, evals.nearest(point.step))


class Values(NamedTuple):
    """What was measured at one step, never interpolated."""

    step: float
    raw: float
    smooth: float | None
    near: "Point | None"
    """The evaluation nearest to the step."""


def newest_words(status: "JobStatus", now: datetime) -> str:
    """Return the age of the newest event while a job lives, else when that was."""
    from core.events.run_state import silence

    if status.state in LIVE:
        quiet = silence(status.run_state, now)
        return "" if quiet is None else age(quiet)
    at = status.run_state.last_event_at
    return f"{at[:10]} {at[11:16]} UTC" if at else ""


def read_tail(path: Path) -> str:
    """Return the end of a worker's output, from the start of a line."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _LOG_TAIL))
            tail = file.read(_LOG_TAIL)
    except OSError:
        return ""
    if size > _LOG_TAIL:
        tail = tail[tail.find(b"\n") + 1 :]
    return tail.decode(errors="replace")


def _x_max(state: "RunState") -> int:
    """Return the step at the right edge: the planned end, else doublings of what there is."""
    if state.total_steps:
        return state.total_steps
    edge = 64
    while edge < state.step:
        edge *= 2
    return edge


def plot_of(state: "RunState", curves: "Curves", columns: int, weight: float) -> Plot:
    """Return the loss of a run, ready to be drawn."""
    end = _x_max(state)
    if columns < 1:
        return Plot(x_max=end)
    loss = curves["loss"].columns(columns, end)
    smooth = curves["loss"].smoothed(weight, columns, end) if weight else ()
    return Plot(
        low=tuple(one.min for one in loss),
        high=tuple(one.max for one in loss),
        smooth=tuple(smooth) or tuple(one.last for one in loss),
        gaps=frozenset(x for x, one in enumerate(loss) if one.gap),
        broken=frozenset(x for x, one in enumerate(loss) if one.has_nan),
        evals=tuple(
            (_column(one.step, columns, end), one.loss)
            for one in state.evals
            if one.loss is not None
        ),
        letters=_letters(state, columns, end),
        x_max=end,
    )


def _letters(state: "RunState", columns: int, end: int) -> tuple[tuple[int, str], ...]:
    """Return what happened where; what is put later covers what was put before."""
    marks = [(one.step, "C") for one in state.checkpoints]
    marks += [(state.best_step, "B")] if state.best_step else []
    marks += [(one.step, "!") for one in state.alerts if one.level != "info"]
    return tuple((_column(step, columns, end), letter) for step, letter in marks)


def _column(step: float, columns: int, end: int) -> int:
    """Return the dot column of a step."""
    return min(columns - 1, max(0, int(step / end * columns)))
