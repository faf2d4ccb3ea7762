"""The keys of the rating screen; any of `esc`, `?` and `q` leads back."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult

from tui.widgets.inks import InkScreen
from tui.widgets.page import Line, Page


class RatingHelpScreen(InkScreen[None]):
    """Shows lines until a key leads back."""

    BINDINGS: ClassVar = [("escape,question_mark,q", "dismiss(None)", "back")]

    def __init__(self, lines: Sequence[Line]) -> None:
        super().__init__()
        self._help = lines

    def compose(self) -> ComposeResult:
        """Set the page."""
        yield Page(id="body")

    def on_mount(self) -> None:
        """Show the lines."""
        self.query_one(Page).show(self._help)
