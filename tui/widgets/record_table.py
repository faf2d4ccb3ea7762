"""A list of any length: asks for the rows in sight and keeps its cursor by key, not by place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.message import Message
from textual.strip import Strip

from tui.keymap import bindings
from tui.widgets.canvas import Canvas

_GAP = 2
_MARGIN = 2
"""Cells left of the first column, where the cursor's mark stands."""
_MEMORY = 512
_CURSOR = "›"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; the last one without a width takes what is left."""

    title: str
    """Our own word."""
    width: int | None = None
    """Cells; None takes what the others leave."""
    right: bool = False
    """Whether figures are set flush right."""
    at_least: int = 0
    """Width of the table below which the column is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Rows behind functions, so that a million of them cost nothing until they are seen."""

    count: int
    key: Callable[[int], str]
    """A name that stays with a row when others come or go."""
    cells: Callable[[int], Sequence[Text]]


def records_of(rows: Sequence[tuple[str, Sequence[Text]]]) -> Records:
    """Return rows that are at hand, each with its key."""
    return Records(count=len(rows), key=lambda i: rows[i][0], cells=lambda i: rows[i][1])


NOTHING = records_of(())


class RecordTable(Canvas, can_focus=True):
    """Shows rows in columns, with a cursor."""

    BINDINGS: ClassVar = bindings("list")

    @dataclass
    class Opened(Message):
        """Enter was pressed on a row."""

        table: "RecordTable"
        key: str

    @dataclass
    class Moved(Message):
        """The cursor went to another row."""

        table: "RecordTable"
        key: str

    def __init__(
        self,
        *columns: Column,
        empty: Sequence[Text] = (),
        titles: bool = True,
        id: str | None = None,
    ) -> None:
        self._row = lru_cache(_MEMORY)(self._draw_row)
        super().__init__(id=id)
        self._columns = columns
        self._empty = tuple(empty)
        self._titles = titles
        self._records = NOTHING
        self._cursor = 0
        self._top = 0

    @property
    def key(self) -> str | None:
        """The key of the row under the cursor, None in an empty list."""
        return self._records.key(self._cursor) if self._records.count else None

    @property
    def content_height(self) -> int:
        """Rows needed to show everything."""
        return self._titles + max(self._records.count, len(self._empty))

    def show(self, records: Records) -> None:
        """Replace the rows; the cursor stays on its row if that is still there."""
        before = self.key
        self._records = records
        self._row.cache_clear()
        self._cursor = max(0, min(self._cursor, records.count - 1))
        if before is not None and before != self.key:
            found = (i for i in range(records.count) if records.key(i) == before)
            self._cursor = next(found, self._cursor)
        self.redraw()

    def point_at(self, key: str) -> None:
        """Put the cursor on a row, if there is one of that key."""
        for i in range(self._records.count):
            if self._records.key(i) == key:
                self._cursor = i
        self.redraw()

    def draw(self) -> list[Strip]:
        """Return titles and the rows in sight."""
        if not self._records.count:
            return [self.strip(line) for line in self._empty][: self.size.height]
        height = max(self.size.height - self._titles, 1)
        self._top = max(0, min(self._top, self._records.count - height))
        if self._cursor < self._top:
            self._top = self._cursor
        elif self._cursor >= self._top + height:
            self._top = self._cursor - height + 1
        last = min(self._top + height, self._records.count)
        rows = [self._row(i, i == self._cursor, self.size.width) for i in range(self._top, last)]
        return [self._title_row(), *rows] if self._titles else rows

    def _title_row(self) -> Strip:
        """Return the titles, and how far down the list is when it does not fit."""
        cells = [Text(column.title, style="muted") for column in self._columns]
        line = self._line(cells, " ")
        height = self.size.height - 1
        if self._records.count > height:
            place = f" {self._cursor + 1}/{self._records.count}"
            line.truncate(self.size.width - len(place), pad=True)
            line.append(place, style="muted")
        return self.strip(line)

    def _draw_row(self, index: int, here: bool, width: int) -> Strip:
        """Return one row; the arguments are all that its looks depend on."""
        line = self._line(self._records.cells(index), _CURSOR if here else " ")
        line.truncate(width, pad=True)
        if here:
            line.stylize("cursor" if self.has_focus else "faint_cursor")
        return self.strip(line)

    def _line(self, cells: Sequence[Text], mark: str) -> Text:
        """Return cells set in their columns."""
        line = Text(mark.ljust(_MARGIN), end="")
        for column, cell, width in zip(self._columns, cells, self._widths(), strict=True):
            if width:
                shown = cell.copy()
                shown.truncate(width, overflow="ellipsis")
                pad = " " * (width - shown.cell_len)
                line.append_text(Text.assemble(pad, shown) if column.right else shown + Text(pad))
                line.append(" " * _GAP)
        return line

    def _widths(self) -> list[int]:
        """Return the width of every column; 0 for one that is left out."""
        room = self.size.width
        widths = [0 if room < column.at_least else column.width or 0 for column in self._columns]
        shown = [c.width is None or w > 0 for c, w in zip(self._columns, widths, strict=True)]
        left = room - _MARGIN - sum(widths) - _GAP * sum(shown)
        flexible = [i for i, c in enumerate(self._columns) if c.width is None]
        for i in flexible:
            widths[i] = max(left // len(flexible), 6)
        return widths

    def _go(self, index: int) -> None:
        """Move the cursor and say so."""
        index = max(0, min(index, self._records.count - 1))
        if index != self._cursor and self._records.count:
            self._cursor = index
            self.redraw()
            self.post_message(self.Moved(self, self._records.key(index)))

    def action_rows(self, rows: int) -> None:
        """Move by rows."""
        self._go(self._cursor + rows)

    def action_pages(self, pages: int) -> None:
        """Move by screens."""
        self._go(self._cursor + pages * max(self.size.height - 2, 1))

    def action_start(self) -> None:
        """Go to the first row."""
        self._go(0)

    def action_end(self) -> None:
        """Go to the last row."""
        self._go(self._records.count - 1)

    def action_open(self) -> None:
        """Ask whoever listens to open the row."""
        if self.key is not None:
            self.post_message(self.Opened(self, self.key))

    def on_focus(self, _: events.Focus) -> None:
        """Show the cursor as alive."""
        self._row.cache_clear()
        self.redraw()

    def on_blur(self, _: events.Blur) -> None:
        """Show the cursor as asleep."""
        self._row.cache_clear()
        self.redraw()

    def on_click(self, event: events.Click) -> None:
        """Go to the row; a second click opens it."""
        index = self._top + event.y - self._titles
        if 0 <= index < self._records.count:
            again = index == self._cursor
            self._go(index)
            if again:
                self.action_open()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Follow the wheel."""
        event.stop()
        self._go(self._cursor + 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Follow the wheel."""
        event.stop()
        self._go(self._cursor - 3)

    def forget_drawing(self) -> None:
        """Draw everything the next time it is asked for."""
        self._row.cache_clear()
        super().forget_drawing()
