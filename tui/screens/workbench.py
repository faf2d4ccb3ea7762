"""The home screen's parts: the next step, the stages, the jobs."""

from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from tui.app import TuningforkApp
from tui.job_rows import JobRow, jobs_table, show_jobs
from tui.widgets.page import Hanging, Line, Lines
from tui.widgets.record_table import Column, RecordTable, records_of
from tui.widgets.safe_text import safe_text
from tui.wording import sign

if TYPE_CHECKING:
    from core.stages import Overview, StageView

_NUMBERS = {"decide": 1, "inspect": 2, "train": 3, "score": 4, "release": 5}


class Workbench(Vertical):
    """Shows an overview and the jobs; opens what is chosen."""

    DEFAULT_CSS = """
    Workbench #next { height: 4; }
    Workbench #stages { height: 7; }
    Workbench #jobs { height: 1fr; }
    """

    def compose(self) -> ComposeResult:
        """Lay the next step above the stages above the jobs."""
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
        """Take the focus: nothing else on the screen can."""
        self.query_one("#stages", RecordTable).focus()

    @property
    def chosen_job(self) -> str | None:
        """Id of the job under the cursor, None while another panel has the focus."""
        jobs = self.query_one("#jobs", RecordTable)
        return jobs.key if jobs.has_focus else None

    def show(self, overview: "Overview", jobs: tuple[JobRow, ...]) -> None:
        """Replace what is shown."""
        self.query_one("#next", Lines).show(next_lines(overview))
        stages = self.query_one("#stages", RecordTable)
        stages.show(records_of([(one.stage, stage_cells(one)) for one in overview.stages]))
        show_jobs(self.query_one("#jobs", RecordTable), jobs)

    @on(RecordTable.Opened)
    async def _opened(self, event: RecordTable.Opened) -> None:
        app = self.app
        assert isinstance(app, TuningforkApp)
        if event.table.id == "jobs":
            app.show_run(event.key)
        else:
            await app.action_mode(event.key)


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
