"""What runs, how far each stage is, and the one obvious next step."""

from functools import partial
from typing import TYPE_CHECKING

from rich.text import Text
from textual import events, on

from tui.feed import Arrived, Feed
from tui.screens.stage import StageScreen
from tui.widgets.page import Line
from tui.widgets.safe_text import safe_text

if TYPE_CHECKING:
    from datetime import date, datetime

    from core.stages import Overview
    from tui.job_rows import JobRow, JobRows
    from tui.screens.workbench import Workbench

_SWEEP_EVERY_S = 60
_COUNT_EVERY_S = 5
"""Ratings come every half minute; counting a large study takes a moment."""


class HomeScreen(StageScreen):
    """The first screen; everything else is one key away.

    It paints its bars first and fetches the rest while they are looked at; a key that was typed
    ahead is answered before that, and somebody whom it leads elsewhere waits for none of it.
    """

    def __init__(self) -> None:
        super().__init__("home")
        self._overview: Overview | None = None
        self._read_for: tuple[object, Overview] | None = None
        self._due: tuple[str, ...] = ()
        self._due_for: object = None
        self._counted: datetime | None = None
        """When the studies were last counted here."""
        self._overdue: tuple[str, ...] = ()
        self._swept: datetime | None = None
        """When what releases kept was last looked at here."""
        self._rows: JobRows | None = None
        self._workbench: Workbench | None = None

    def on_screen_resume(self, _: events.ScreenResume) -> None:
        """Fill the screen once its first frame is painted."""
        if self._workbench is None:
            self.tuningfork.after_keys(self, partial(self.call_later, self._fill))

    async def _fill(self) -> None:
        if self._workbench is not None or not self.is_current:
            return
        from tui.screens.workbench import Workbench

        self._workbench = Workbench()
        await self.query_one("#body").mount(self._workbench)
        self.feed(Feed(self, self._read, every=self.tuningfork.settings.look_every))

    def _read(self) -> "tuple[Overview, tuple[JobRow, ...], tuple[str, ...]]":
        from tui.job_rows import JobRows

        if self._rows is None:
            self._rows = JobRows(self.tuningfork.workspace)
        now = self.tuningfork.settings.clock()
        jobs = self._rows.read(now)
        before = self._read_for
        overview = self._read_overview(jobs)
        if before is not None:
            self._count_studies(now)
            self._sweep(now)
        stamp = (self._read_for, now.date())
        if before is not None and self._due_for != stamp:
            # Not with the first look: what is due takes modules that the stages do without.
            self._due, self._due_for = self._read_due(overview, now.date()), stamp
        reviews = self._read_reviews(now.timestamp()) if before is not None else ()
        return overview, jobs, (*self._overdue, *reviews, *self._due)

    def _read_reviews(self, now: float) -> tuple[str, ...]:
        """Return which releases have answers that wait for a person."""
        if not self.tuningfork.workspace.releases.is_dir():
            return ()
        from tui.reviews_due import reviews_due

        return reviews_due(self.tuningfork.workspace, now)

    def _count_studies(self, now: "datetime") -> None:
        """Count the studies in which somebody rated since, for the next look at the stages."""
        workspace = self.tuningfork.workspace
        waits = self._counted is not None and (now - self._counted).seconds < _COUNT_EVERY_S
        if waits or not workspace.studies.is_dir():
            return
        from core.scoring.study.glance import glances

        if any(one is None or not one.fresh for one in glances(workspace)):
            from core.scoring.study.listing import keep_glances

            keep_glances(workspace)
            self._counted = now

    def _sweep(self, now: "datetime") -> None:
        """Let releases forget what is due; say where that failed."""
        waits = self._swept is not None and (now - self._swept).total_seconds() < _SWEEP_EVERY_S
        workspace = self.tuningfork.workspace
        if waits or not any(workspace.releases.glob("*/log.db")):
            return
        from core.release.retention import sweep_overdue

        self._overdue, self._swept = sweep_overdue(workspace, now.timestamp()), now

    def _read_due(self, overview: "Overview", today: "date") -> tuple[str, ...]:
        """Return what the newest decision has to be come back to for."""
        if not any(view.stage == "decide" and view.state == "done" for view in overview.stages):
            return ()
        from core.decide.standing import read_standing

        return read_standing(self.tuningfork.workspace, today=today).due

    def _read_overview(self, jobs: "tuple[JobRow, ...]") -> "Overview":
        """Read the stages again only when a job's state or the database is another."""
        from core.stages import read_overview

        workspace = self.tuningfork.workspace
        files = (workspace.database, workspace.database.with_suffix(".db-wal"))
        stamp = (
            [(job.id, job.state) for job in jobs],
            [file.stat().st_mtime_ns if file.exists() else 0 for file in files],
            [
                (file.name, file.parent.name, file.stat().st_mtime_ns)
                for file in sorted(workspace.studies.glob("*/*.json*"))
            ],
        )
        if self._read_for is None or self._read_for[0] != stamp:
            self._read_for = (stamp, read_overview(workspace))
        return self._read_for[1]

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self.hide_error()
        overview, jobs, due = event.value
        self._overview = overview
        if self._workbench is not None:
            self._workbench.show(overview, jobs, due)
        self.tuningfork.live_jobs = sum(job.live for job in jobs)
        self.say_status(_status(jobs))

    def exactly(self) -> list[Line]:
        """Return the command that takes the next step."""
        if self._overview is None:
            return []
        return [
            Text("The next step on the command line:", style="muted"),
            Text(""),
            safe_text(self._overview.next_command, ink="key"),
            Text(""),
            Text("The workspace:", style="muted"),
            safe_text(str(self.tuningfork.workspace.root)),
        ]

    def value(self) -> str:
        """Return the id of the job under the cursor, else the next command."""
        chosen = self._workbench.chosen_job if self._workbench else None
        return chosen or (self._overview.next_command if self._overview else "")


def _status(jobs: "tuple[JobRow, ...]") -> Text:
    """Return how many jobs there are and how many go on."""
    live = sum(job.live for job in jobs)
    if not jobs:
        return Text("No job yet.", style="muted")
    ended = len(jobs) - live
    return Text(f"{live} under way, {ended} over; closing the app ends none.", style="muted")


def make() -> HomeScreen:
    """Return the screen of its mode."""
    return HomeScreen()
