"""One look at a job for its screen: folds what is new and prepares the plots off the loop."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tui.run_charts import CHARTS, Values, View, plot_of, values_at
from tui.widgets.plotting import Plot
from tui.wording import LIVE, age

if TYPE_CHECKING:
    from core.events.curves import Curves
    from core.events.run_state import RunState
    from core.events.schema import AlertRaised
    from core.jobs.status import JobStatus
    from core.jobs.watching import JobViewer
    from core.workspace import RunFolder

_LOG_TAIL = 8_000
"""Bytes of the worker's own output that are shown."""
_FIRST_EVENTS = 20_000
"""Events of the first look, so that a long run paints at once."""
_MOST_EVENTS = 160_000
"""Events of a later look: the screen is painted between two of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLook:
    """What a look found; equal looks paint nothing."""

    status: "JobStatus"
    """What the log and the lock say together."""
    plots: tuple[Plot, ...]
    """One for each of `CHARTS`; without columns where it is not in sight."""
    values: Values | None
    """What was measured at the cursor, or last; None before the first step."""
    tail: str
    """The end of what the worker's process printed; not yet safe to show."""
    newest: str
    """Age of the newest event in words, or when the job ended."""
    stall: "AlertRaised | None"
    """That a worker which lives says nothing, which only a viewer can know."""
    phase_for: str
    """How long the phase has lasted, where no steps say how far it is."""

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
        self._budget = _FIRST_EVENTS
        self.view = View()
        """Which part of the curves is wanted, how wide; set by the screen."""

    def look(self) -> RunLook:
        """Read what is new; of a long log only a part, `behind` says so."""
        from core.jobs.status import Viewer

        if self._viewer is None:
            self._viewer = Viewer(self._folder)
        self._viewer.look(self._budget)
        self._budget = min(2 * self._budget, _MOST_EVENTS)
        return self.present()

    @property
    def behind(self) -> bool:
        """Whether the log holds more that is not read yet."""
        return self._viewer is not None and not self._viewer.caught_up

    def present(self) -> RunLook:
        """Return what is known, drawn for the present view."""
        from core.jobs.status import stall_of

        assert self._viewer is not None, "presented before the first look"
        status, curves, now = self._viewer.status, self._viewer.curves, self._clock()
        state, view = status.run_state, self.view
        return RunLook(
            status=status,
            plots=tuple(
                plot_of(chart, state, curves, columns, view)
                for chart, columns in zip(CHARTS, view.columns, strict=True)
            ),
            values=values_at(curves, view),
            tail=read_tail(self._folder.log),
            newest=newest_words(status, now),
            stall=stall_of(state, status.liveness, now),
            phase_for=_phase_words(status, now),
        )

    @property
    def curves(self) -> "Curves | None":
        """Every metric's points, None before the first look."""
        return None if self._viewer is None else self._viewer.curves

    @property
    def seen(self) -> bool:
        """Whether there was a look."""
        return self._viewer is not None


def newest_words(status: "JobStatus", now: datetime) -> str:
    """Return the age of the newest event while a job lives, else when that was."""
    from core.events.timing import silence

    if status.state in LIVE:
        quiet = silence(status.run_state, now)
        return "" if quiet is None else age(quiet)
    at = status.run_state.last_event_at
    return f"{at[:10]} {at[11:16]} UTC" if at else ""


def _phase_words(status: "JobStatus", now: datetime) -> str:
    """Return since when a phase without steps goes on; nothing in the others."""
    from core.events.timing import seconds_between

    state = status.run_state
    if status.state not in LIVE or state.phase in {None, "training"}:
        return ""
    seconds = seconds_between(state.phase_since, now.isoformat())
    return "" if seconds is None or seconds < 2 else f"since {age(seconds)}".removesuffix(" ago")


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
    return settled(tail.decode(errors="replace"))


def settled(output: str) -> str:
    """Return what a terminal would still show: of lines written over, only the last state."""
    lines = output.replace("\r\n", "\n").split("\n")
    states = ([part for part in line.split("\r") if part.strip()] for line in lines)
    return "\n".join(parts[-1] if parts else "" for parts in states)
