"""One answer to read: its letter, its score, and as many of its rows as fit."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.text import Text
from textual import events
from textual.message import Message
from textual.strip import Strip

from tui.widgets.canvas import Canvas

_TITLE_ROWS = 1


class Shown(NamedTuple):
    """What a pane shows."""

    title: Text
    """Letter, score and marks."""
    lines: Sequence[Text]
    """The answer, safe to show; the same object as long as it is the same answer."""


class Row(NamedTuple):
    """One row of one ink, made into text only when it comes in sight."""

    text: str
    ink: str


def wrapped(line: str, width: int) -> list[str]:
    """Return a line of single-cell characters as rows, broken at spaces where there are any.

    Rich wraps any text and takes a tenth of a second for an answer of 200 KB; this takes a
    thousandth.
    """
    rows, at = [], 0
    while len(line) - at > width:
        space = line.rfind(" ", at, at + width + 1)
        end = space if space > at else at + width
        rows.append(line[at:end])
        at = end + (space > at)
    rows.append(line[at:])
    return rows


class AnswerPane(Canvas):
    """Wraps an answer once for its width, however often it is drawn."""

    class Clicked(Message):
        """The pane was clicked."""

        def __init__(self, pane: "AnswerPane") -> None:
            super().__init__()
            self.pane = pane

    def __init__(self, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._shown = Shown(Text(), [])
        self._top = 0
        self._wrapped: list[Text | Row] = []
        self._wrapped_for: tuple[int, int] = (0, 0)
        """Which lines, and how wide, were wrapped."""
        self.seen_to_end = False
        """Whether the last row has been in sight."""

    def show(self, shown: Shown) -> None:
        """Replace what is shown; another answer begins at its first row."""
        if shown.lines is not self._shown.lines:
            self._top, self.seen_to_end = 0, False
        self._shown = shown
        self.redraw()

    def scroll_rows(self, rows: int) -> None:
        """Move by rows; beyond an end there is nothing."""
        self._top += rows
        self.redraw()

    @property
    def page_rows(self) -> int:
        """Rows of the answer that fit."""
        return max(1, self.size.height - _TITLE_ROWS)

    def draw(self) -> list[Strip]:
        """Return the title with the place in the answer, and the rows in sight."""
        width, room = max(self.size.width, 1), self.page_rows
        rows = self._laid_out(width)
        self._top = max(0, min(self._top, len(rows) - room))
        below = len(rows) - self._top - room
        self.seen_to_end |= below <= 0
        title = self._shown.title.copy()
        if len(rows) > room:
            place = f"  line {self._top + 1}/{len(rows)}"
            title.append(place, style="muted" if self.seen_to_end else "warn")
        title.truncate(width, overflow="ellipsis")
        seen = (
            row if isinstance(row, Text) else Text(row.text, style=row.ink)
            for row in rows[self._top : self._top + room]
        )
        return [self.strip(title), *map(self.strip, seen)]

    def _laid_out(self, width: int) -> list[Text | Row]:
        """Return the answer wrapped to a width."""
        wanted = (id(self._shown.lines), width)
        if self._wrapped_for != wanted:
            console = self.console_of_inks()
            rows: list[Text | Row] = []
            for line in self._shown.lines:
                plain = line.plain
                if plain.isascii() and not line.spans:
                    rows += [Row(part, str(line.style)) for part in wrapped(plain, width)]
                else:
                    rows.extend(line.wrap(console, width, overflow="fold"))
            self._wrapped, self._wrapped_for = rows, wanted
        return self._wrapped

    def on_click(self, _: events.Click) -> None:
        """Say that this answer is meant."""
        self.post_message(self.Clicked(self))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Follow the wheel."""
        event.stop()
        self.scroll_rows(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Follow the wheel."""
        event.stop()
        self.scroll_rows(-3)
