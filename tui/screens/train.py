"""The training runs of the workspace; enter opens one, live or over."""

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.widget import Widget

from core.errors import TuningforkError
from tui.feed import Arrived, Feed
from tui.job_rows import JobRow, JobRows, jobs_table, show_jobs
from tui.keymap import Where, bindings
from tui.screens.stage import StageScreen
from tui.widgets.page import Line, Lines
from tui.widgets.record_table import RecordTable
from tui.widgets.safe_text import safe_text

KINDS = frozenset({"train", "rehearsal"})


class TrainScreen(StageScreen):
    """Lists the runs, newest first."""

    PLACES: ClassVar[tuple[Where, ...]] = ("data", "list")
    BINDINGS: ClassVar = bindings("data")
    DEFAULT_CSS = "TrainScreen #title { height: 2; } TrainScreen #runs { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__("train")

    def body(self) -> Iterable[Widget]:
        """Yield the list."""
        yield Lines(id="title")
        yield jobs_table("runs")

    def on_mount(self) -> None:
        """Look now, and go on looking while in sight."""
        self._rows = JobRows(self.tuningfork.workspace)
        self.feed(Feed(self, self._read, every=self.tuningfork.settings.look_every))
        self.query_one("#title", Lines).show([Text("Training runs", style="title")])

    def _read(self) -> tuple[JobRow, ...]:
        jobs = self._rows.read(self.tuningfork.settings.clock())
        return tuple(job for job in jobs if job.kind in KINDS)

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self.hide_error()
        runs: tuple[JobRow, ...] = event.value
        show_jobs(self.query_one(RecordTable), runs)
        live = sum(run.live for run in runs)
        words = f"{len(runs)} runs, {live} under way." if runs else "No run yet."
        self.say_status(Text(words, style="muted"))

    @on(RecordTable.Opened)
    def _opened(self, event: RecordTable.Opened) -> None:
        self.tuningfork.show_run(event.key)

    def action_tokens(self) -> None:
        """Show the tokens of the run under the cursor, else ask whose."""
        from tui.mask_choice import choice_of_run
        from tui.screens.microscope import MicroscopeScreen
        from tui.screens.token_sources import TokenSourcesScreen

        key = self.query_one(RecordTable).key
        try:
            choice = choice_of_run(self.tuningfork.workspace, key) if key else None
        except TuningforkError as error:
            self.show_error(error)
            return
        if choice is not None and choice.recipe.data is not None:
            self.app.push_screen(MicroscopeScreen(choice, mode=self.mode))
        else:
            self.app.push_screen(TokenSourcesScreen(self.mode))

    def exactly(self) -> list[Line]:
        """Return the commands for what is under the cursor."""
        key = self.query_one(RecordTable).key
        if key is None:
            return [Text("tuningfork train RECIPE", style="key")]
        return [safe_text(f"tuningfork {verb} {key}", ink="key") for verb in ("watch", "status")]

    def value(self) -> str:
        """Return the id of the run under the cursor."""
        return self.query_one(RecordTable).key or ""


def make() -> TrainScreen:
    """Return the screen of its mode."""
    return TrainScreen()
