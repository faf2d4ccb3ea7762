"""One look at a job for its screen: folds what is new and prepares the plot off the loop."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tui.widgets.plotting import Plot

if TYPE_CHECKING:
    from core.events.run_state import RunState
    from core.events.series import Curves
    from core.jobs.status import Viewer
    from core.workspace import RunFolder

SMOOTHING = (0.0, 0.8, 0.95, 0.99)
"""How much of the past each step of `s` keeps."""
_LOG_TAIL = 8_000
"""Bytes of the worker's own output that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLook:
    """What a look found; equal looks paint nothing."""

    state: "RunState"
    status: str
    """What the log and the lock say together."""
    plot: Plot
    log: str
    """The end of what the worker's process printed."""
    now: datetime = field(compare=False)
    minute: int
    """Grows with time so that an age is said anew; stands still when the job is over."""
    more: bool
    """Whether the log holds more than this look could read."""


class RunWatch:
    """Follows one job; `look` runs in a thread, the rest of the app reads under the feed's lock."""

    def __init__(self, folder: "RunFolder") -> None:
        self._folder = folder
        self._viewer: Viewer | None = None
        self.columns = 0
        """Dot columns of the chart; set by the screen."""
        self.weight = SMOOTHING[2]

    @property
    def curves(self) -> "Curves | None":
        """All points, once there was a look."""
        return self._viewer.curves if self._viewer else None

    def look(self) -> RunLook:
        """Read what is new."""
        from core.jobs.status import Viewer

        if self._viewer is None:
            self._viewer = Viewer(self._folder)
        self._viewer.look()
        return self.present()
