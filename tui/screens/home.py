"""What runs, how far each stage is, and the one obvious next step."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.widget import Widget

from tui.feed import Arrived, Feed
from tui.job_rows import JobRow, JobRows, jobs_table, show_jobs
from tui.screens.stage import StageScreen
from tui.widgets.page import Hanging, Line, Lines
from tui.widgets.record_table import Column, RecordTable, records_of
from tui.widgets.safe_text import safe_text
from tui.wording import sign

if TYPE_CHECKING:
    from core.stages import Overview, StageView

_NUMBERS = {"decide": 1, "inspect": 2, "train": 3, "score": 4, "release": 5}


class HomeScreen(StageScreen):
    """The first screen; everything else is one key away."""

    DEFAULT_CSS = """
    HomeScreen #next { height: 4; }
    HomeScreen #stages { height: 7; }
    HomeScreen #jobs { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__("home")
        self._overview: Overview | None = None
        self._read_for: tuple[object, Overview] | None = None

    def body(self) -> Iterable[Widget]:
        """Yield the next step, the stages and the jobs."""
        yield Lines(id="next", wrap=True)
        yield RecordTable(
            Column(title="", width=1),
            Column(title="stage", width=7),
            Column(title="", width=11),
            Column(title=""),
            empty=(Text("  Reading the workspace.", style="muted"),),
            titles=False,
            id="stages",
        )
        yield jobs_table("jobs")

    def on_mount(self) -> None:
        """Read the workspace now that the first frame is painted."""
        self._rows = JobRows(self.tuningfork.workspace)
        self.feed(Feed(self, self._read, every=self.tuningfork.settings.look_every))

    def _read(self) -> "tuple[Overview, tuple[JobRow, ...]]":
        jobs = self._rows.read(self.tuningfork.settings.clock())
        return self._read_overview(jobs), jobs

    def _read_overview(self, jobs: tuple[JobRow, ...]) -> "Overview":
        """Read the stages again only when a job's state or the database is another."""
        from core.stages import read_overview

        workspace = self.tuningfork.workspace
        files = (workspace.database, workspace.database.with_suffix(".db-wal"))
        stamp = (
            [(job.id, job.state) for job in jobs],
            [file.stat().st_mtime_ns if file.exists() else 0 for file in files],
        )
        if self._read_for is None or self._read_for[0] != stamp:
            self._read_for = (stamp, read_overview(workspace))
        return self._read_for[1]

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self.hide_error()
        overview, jobs = event.value
        self._overview = overview
        self.query_one("#next", Lines).show(next_lines(overview))
        stages = self.query_one("#stages", RecordTable)
        stages.show(records_of([(one.stage, stage_cells(one)) for one in overview.stages]))
        show_jobs(self.query_one("#jobs", RecordTable), jobs)
        self.tuningfork.live_jobs = sum(job.live for job in jobs)
        self.say_status(_status(jobs))

    @on(RecordTable.Opened)
    async def _opened(self, event: RecordTable.Opened) -> None:
        if event.table.id == "jobs":
            self.tuningfork.show_run(event.key)
        else:
            await self.tuningfork.action_mode(event.key)

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
        jobs = self.query_one("#jobs", RecordTable)
        if jobs.has_focus and jobs.key:
            return jobs.key
        return self._overview.next_command if self._overview else ""


def next_lines(overview: "Overview") -> list[Line]:
    """Return the next step, its key and its command."""
    key = str(_NUMBERS[overview.next_stage])
    step = Text.assemble(("Next  ", "title"), safe_text(overview.next_step, ink="strong"))
    how = Text.assemble(
        "      ",
        (key, "key"),
        (" opens it here; on the command line: ", "muted"),
        safe_text(overview.next_command, ink="accent"),
    )
    return [Hanging(step, 6), Hanging(how, 6)]


def stage_cells(view: "StageView") -> tuple[Text, ...]:
    """Return one stage as cells."""
    glyph, ink = sign(view.state)
    return (
        Text(str(_NUMBERS[view.stage]), style="key"),
        Text(view.stage.capitalize()),
        Text(f"{glyph} {view.state}", style=ink),
        safe_text(view.line),
    )


def _status(jobs: tuple[JobRow, ...]) -> Text:
    """Return how many jobs there are and how many go on."""
    live = sum(job.live for job in jobs)
    if not jobs:
        return Text("No job yet.", style="muted")
    ended = len(jobs) - live
    return Text(f"{live} under way, {ended} over; closing the app ends none.", style="muted")


def make() -> HomeScreen:
    """Return the screen of its mode."""
    return HomeScreen()
