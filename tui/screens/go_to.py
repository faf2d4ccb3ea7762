"""Asks for the number of a row; nothing typed, or `esc`, stays where one is."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.widgets.inks import InkScreen


class GoToScreen(InkScreen[int | None], ModalScreen[int | None]):
    """Returns the number, or None."""

    BINDINGS: ClassVar = [("escape", "dismiss(None)", "back")]
    DEFAULT_CSS = """
    GoToScreen { align: center top; background: $background 60%; }
    GoToScreen #number { width: 40; max-width: 100%; height: 3; margin-top: 2; padding: 1;
                         background: $panel; }
    GoToScreen Input, GoToScreen Input:focus { border: none; height: 1; padding: 0 1;
                                               background: $boost; }
    """

    def compose(self) -> ComposeResult:
        """Set the field."""
        with Vertical(id="number"):
            field = Input(placeholder="number of the row", type="integer", compact=True)
            field.cursor_blink = False
            yield field

    @on(Input.Submitted)
    def _chosen(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        self.dismiss(int(text) if text.isdigit() else None)
