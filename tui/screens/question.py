"""Asks before something is destroyed, spent or revealed; the safe side is one key away."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui.keymap import bindings, footer
from tui.widgets.bars import KeyBar
from tui.widgets.inks import InkScreen
from tui.widgets.page import Lines


class QuestionScreen(InkScreen[bool], ModalScreen[bool]):
    """Says the consequence and returns the answer; knows nothing of who asked."""

    BINDINGS: ClassVar = bindings("question")
    DEFAULT_CSS = """
    QuestionScreen { align: center middle; background: $background 60%; }
    QuestionScreen #question { width: 64; max-width: 100%; height: 8; padding: 1 2;
                               background: $panel; }
    """

    def __init__(self, consequence: Text) -> None:
        super().__init__()
        self._consequence = consequence

    def compose(self) -> ComposeResult:
        """Set the question above its two keys."""
        with Vertical(id="question"):
            yield Lines(id="consequence", wrap=True)
            yield KeyBar()

    def on_mount(self) -> None:
        """Show the question."""
        self.query_one(Lines).show([self._consequence])
        self.query_one(KeyBar).show(footer("question"))

    def action_answer(self, yes: bool) -> None:
        """Return what was answered."""
        self.dismiss(yes)
