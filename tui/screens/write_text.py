"""Asks for a text of several lines, which begins as another one; `esc` takes the question back."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import TextArea

from tui.widgets.inks import InkScreen
from tui.widgets.page import Lines


class WriteTextScreen(InkScreen[str | None], ModalScreen[str | None]):
    """Returns what was written, "" included, or None."""

    AUTO_FOCUS: ClassVar = "TextArea"
    BINDINGS: ClassVar = [
        ("escape", "dismiss(None)", "back"),
        ("ctrl+s,f2", "take", "take it"),
    ]
    DEFAULT_CSS = """
    WriteTextScreen #asked { height: 1; background: $panel; padding: 0 1; }
    WriteTextScreen #how { height: 1; background: $panel; padding: 0 1; }
    WriteTextScreen TextArea, WriteTextScreen TextArea:focus { height: 1fr; border: none;
                                                               padding: 0 1; }
    """

    def __init__(self, question: Text, text: str) -> None:
        super().__init__()
        self._question = question
        self._text = text

    def compose(self) -> ComposeResult:
        """Set the question above the text."""
        with Vertical():
            yield Lines(id="asked")
            field = TextArea(self._text, compact=True)
            field.cursor_blink = False
            yield field
            yield Lines(id="how")

    def on_mount(self) -> None:
        """Show the question, and put the cursor behind the last letter."""
        self.query_one("#asked", Lines).show([self._question])
        how = Text.assemble(
            ("ctrl+s", "key"), " or ", ("f2", "key"), " takes it  ", ("esc", "key"), " back"
        )
        self.query_one("#how", Lines).show([how])
        field = self.query_one(TextArea)
        field.move_cursor(field.document.end)

    def action_take(self) -> None:
        """Return the text."""
        self.dismiss(self.query_one(TextArea).text)
