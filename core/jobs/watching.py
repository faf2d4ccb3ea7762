"""What a screen and plain lines need of whoever follows a run, ours or somebody else's."""

from typing import Protocol

from core.events.curves import Curves
from core.jobs.status import JobStatus


class JobViewer(Protocol):
    """Follows one run; none is noticed by it."""

    @property
    def caught_up(self) -> bool:
        """Return whether all that there was at the last look is folded in."""

    @property
    def curves(self) -> Curves:
        """Every metric's points, for charts."""

    @property
    def status(self) -> JobStatus:
        """Return what is known since the last look."""

    def look(self, budget_events: int = ...) -> bool:
        """Take in about that many new events; return whether anything changed."""

    def look_until_caught_up(self) -> JobStatus:
        """Take in everything there is and return the status."""
