"""Asks for a text of several lines, which begins as another one; `esc` takes the question back."""

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import TextArea

from tui.widgets.inks import InkScreen
from tui.widgets.page import Lines


class _Field(TextArea):
    """Edits in the order of the keys.

    Textual takes a letter at once and a key with an action only after it went up to the app, so
    that of keys typed fast, or held up by a line, a backspace took a later letter.
    """

    def on_key(self, event: events.Key) -> None:
        """Do what moves or deletes before the next letter is looked at."""
        actions: dict[str, Callable[[], None]] = {
            "backspace": self.action_delete_left,
            "delete": self.action_delete_right,
            "left": self.action_cursor_left,
            "right": self.action_cursor_right,
            "up": self.action_cursor_up,
            "down": self.action_cursor_down,
            "home": self.action_cursor_line_start,
            "end": self.action_cursor_line_end,
            "ctrl+u": self.action_delete_to_start_of_line,
            "ctrl+k": self.action_delete_to_end_of_line,
            "ctrl+w": self.action_delete_word_left,
        }
        action = actions.get(event.key)
        if action is not None:
            action()
            event.stop()
            event.prevent_default()


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
            field = _Field(self._text, compact=True)
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
