"""A page of text on top of a screen: help, messages, the exact command, a whole record."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.text import Text
from textual.widget import Widget

from tui.keymap import Key, Where
from tui.screens.stage import StageScreen
from tui.widgets.page import Line, Lines, Page


class ReadingScreen(StageScreen):
    """Shows lines under a title of ours until `esc`."""

    PLACES: ClassVar[tuple[Where, ...]] = ("page",)
    DEFAULT_CSS = "ReadingScreen #title { height: 2; }"

    def __init__(self, title: str, lines: Sequence[Line], *, mode: str) -> None:
        super().__init__(mode)
        self._title = title
        self._content = tuple(lines)

    def body(self) -> Iterable[Widget]:
        """Yield the title and the page."""
        yield Lines(id="title")
        yield Page(id="page")

    def on_mount(self) -> None:
        """Fill the page."""
        self.query_one("#title", Lines).show([Text(self._title, style="title")])
        self.query_one("#page", Page).show(self._content)

    def works_now(self, key: Key) -> bool:
        """Return False for what a page of text has not got."""
        return key.id != "exact"

    def exactly(self) -> list[Line]:
        """Return the page itself: it is what it shows."""
        return list(self._content)

    def value(self) -> str:
        """Return the whole text."""
        texts = (line if isinstance(line, Text) else line.text for line in self._content)
        return "\n".join(text.plain for text in texts)
