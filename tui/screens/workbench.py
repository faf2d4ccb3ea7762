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

_NEXT_ROWS = 4
_MOST_DUE = 2
"""Reminders on the home screen."""
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

    def show(
        self, overview: "Overview", jobs: tuple[JobRow, ...], due: tuple[str, ...] = ()
    ) -> None:
        """Replace what is shown; `due` is what a decision has to be come back to for."""
        following = self.query_one("#next", Lines)
        following.show([*next_lines(overview), *due_lines(due)])
        following.styles.height = max(_NEXT_ROWS, following.needed + 1) if due else _NEXT_ROWS
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


def due_lines(due: tuple[str, ...]) -> list[Line]:
    """Return the most pressing reminders, a row each; Decide shows them whole."""
    lines: list[Line] = []
    for number, words in enumerate(due[:_MOST_DUE]):
        more = len(due) - _MOST_DUE
        label = "Due   " if number == 0 else "      "
        rest = f" (1 shows {more} more)" if number == _MOST_DUE - 1 and more > 0 else ""
        lines.append(Hanging(Text.assemble((label, "warn"), safe_text(words), (rest, "muted")), 6))
    return lines


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
