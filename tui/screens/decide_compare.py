"""Two recorded decisions side by side: what was answered differently, and what came of it."""

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.widget import Widget

from tui.decide_look import Shown, answer_lines
from tui.decide_pair import pair_lines
from tui.keymap import Where
from tui.screens.stage import StageScreen
from tui.widgets.page import Line, Page


class DecisionPairScreen(StageScreen):
    """Shows the older decision left and the newer one right."""

    PLACES: ClassVar[tuple[Where, ...]] = ("page",)

    def __init__(self, older: Shown, newer: Shown, mode: str) -> None:
        super().__init__(mode)
        self._pair = (older, newer)

    def body(self) -> Iterable[Widget]:
        """Yield the page."""
        yield Page(id="pair")

    def on_mount(self) -> None:
        """Say how to read it."""
        self.query_one("#pair", Page).focus()
        self.say_status(Text("Older left, newer right; ≠ marks what differs.", style="muted"))

    def on_resize(self, event: events.Resize) -> None:
        """Lay both out for the new width."""
        super().on_resize(event)
        page = self.query_one("#pair", Page)
        page.show(list(pair_lines(*self._pair, width=event.size.width - 2, console=self.inks)))

    def exactly(self) -> list[Line]:
        """Return the answers behind both."""
        older, newer = self._pair
        return [*answer_lines(older.answers), Text(""), *answer_lines(newer.answers)]

    def value(self) -> str:
        """Return both recommendations."""
        return " / ".join(str(one.result.get("recommendation", "")) for one in self._pair)
