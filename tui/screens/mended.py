"""A screen from which the mended rows of a file are written, and then looked at in their turn."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.message import Message

from core.errors import TuningforkError
from tui.feed import LookFailed
from tui.screens.stage import StageScreen
from tui.widgets.safe_text import safe_text
from tui.wording import inside

if TYPE_CHECKING:
    from core.data.triage.clean import Cleaned
    from tui.mending import Mending


@dataclass
class Written(Message):
    """The mended rows are in their file."""

    cleaned: "Cleaned"


@dataclass
class LookAt(Message):
    """Somebody wants to go on with another file."""

    path: Path


class MendedScreen(StageScreen):
    """Has a file whose rows may have been mended."""

    def mending(self) -> "Mending | None":
        """Return the desk of the file in sight; None while it is still being read."""
        raise NotImplementedError

    def action_write(self) -> None:
        """Write the rows as they read now into a file of their own."""
        mending = self.mending()
        if mending is None:
            self.tuningfork.tell(Text("The file is still being read.", style="warn"))
            return
        place = safe_text(inside(mending.output, self.tuningfork.workspace.root), ink="key")
        question = Text.assemble("Write the mended rows to ", place, "? The source stays as it is.")
        self.tuningfork.ask(question, lambda: self._begin_to_write(mending))

    def _begin_to_write(self, mending: "Mending") -> None:
        self.run_worker(
            lambda: self._write(mending), thread=True, exit_on_error=False, group="write"
        )

    def _write(self, mending: "Mending") -> None:
        """Write in a thread; only a message leaves it."""
        try:
            self.post_message(Written(mending.write()))
        except TuningforkError as error:
            self.post_message(LookFailed(error))

    @on(Written)
    def _written(self, event: Written) -> None:
        done = event.cleaned
        words = f"Written: {done.rows:,} rows, {done.changed:,} changed, {done.dropped:,} dropped."
        self.tuningfork.tell(Text(words, style="good"))
        place = safe_text(inside(done.output, self.tuningfork.workspace.root), ink="key")
        question = Text.assemble(words, " Inspect ", place, " next, and split it then?")
        self.tuningfork.ask(question, lambda: self._go_on_with(done.output))

    def _go_on_with(self, path: Path) -> None:
        """Let the stage's own screen, which is below all others, show the written file."""
        self.app.screen_stack[0].post_message(LookAt(path))
        self.app.call_later(self.tuningfork.action_mode, self.app.current_mode)
