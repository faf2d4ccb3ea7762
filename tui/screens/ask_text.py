"""Asks for a few words of one's own; `esc` takes the question back."""

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.widgets.inks import InkScreen
from tui.widgets.page import Lines


class AskTextScreen(InkScreen[str | None], ModalScreen[str | None]):
    """Returns what was typed, "" included, or None."""

    BINDINGS: ClassVar = [("escape", "dismiss(None)", "back")]
    DEFAULT_CSS = """
    AskTextScreen { align: center top; background: $background 60%; }
    AskTextScreen #asking { width: 72; max-width: 100%; height: 6; margin-top: 2; padding: 1 2;
                            background: $panel; }
    AskTextScreen #asked { height: 2; }
    AskTextScreen Input, AskTextScreen Input:focus { border: none; height: 1; padding: 0 1;
                                                     background: $boost; }
    """

    def __init__(self, question: Text, *, hint: str = "", secret: bool = False) -> None:
        super().__init__()
        self._secret = secret
        """Whether what is typed shows as dots."""
        self._question = question
        self._hint = hint

    def compose(self) -> ComposeResult:
        """Set the question above its field."""
        with Vertical(id="asking"):
            yield Lines(id="asked", wrap=True)
            field = Input(placeholder=self._hint, compact=True, password=self._secret)
            field.cursor_blink = False
            yield field

    def on_mount(self) -> None:
        """Show the question."""
        self.query_one(Lines).show([self._question])

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip())
