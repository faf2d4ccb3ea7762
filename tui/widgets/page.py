"""Lines of text to read: wrapped, scrolled with the same keys everywhere, never marked up."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.text import Text
from textual import events
from textual.strip import Strip

from tui.keymap import bindings
from tui.widgets.canvas import Canvas


class Hanging(NamedTuple):
    """A line whose continuation is indented, so that a value stays in its column."""

    text: Text
    indent: int


Line = Text | Hanging


def field(label: str, value: Text, *, width: int = 12) -> Hanging:
    """Return a line of a label from our own words and a value of any origin."""
    return Hanging(Text.assemble((f"{label:<{width}}", "muted"), value), width)


class Lines(Canvas):
    """Shows lines and never takes the focus; what does not fit is cut with a mark."""

    def __init__(self, *, id: str | None = None, wrap: bool = False) -> None:
        super().__init__(id=id)
        self._lines: tuple[Line, ...] = ()
        self.wrap = wrap
        """Whether a line that is too long goes on below; else it is cut."""

    def show(self, lines: Sequence[Line]) -> None:
        """Replace what is shown."""
        self._lines = tuple(lines)
        self.redraw()

    @property
    def needed(self) -> int:
        """Rows that everything takes at the present width."""
        return len(self._laid_out(self._lines))

    def draw(self) -> list[Strip]:
        """Return the lines that fit."""
        height = self.size.height
        return self._laid_out(self._lines[:height])[:height]

    def _laid_out(self, lines: Sequence[Line]) -> list[Strip]:
        """Return lines at the present width."""
        width = max(self.size.width, 1)
        strips: list[Strip] = []
        for line in lines:
            text, indent = line if isinstance(line, Hanging) else (line, _leading(line))
            if self.wrap:
                strips.extend(self._wrapped(text, indent, width))
            else:
                cut = text.copy()
                cut.truncate(width, overflow="ellipsis")
                strips.append(self.strip(cut))
        return strips

    def _wrapped(self, text: Text, indent: int, width: int) -> list[Strip]:
        """Return one line of text as rows; continuations start at the indent."""
        if text.cell_len <= width:
            return [self.strip(text)]
        indent = indent if indent < width // 2 else 0
        console = self.console_of_inks()
        head, *rest = text.wrap(console, width, overflow="fold")
        if not indent:
            return [self.strip(one) for one in (head, *rest)]
        tail = text[len(head.plain) :]
        tail = tail[len(tail.plain) - len(tail.plain.lstrip()) :]
        rows = tail.wrap(console, width - indent, overflow="fold")
        return [self.strip(head), *(self.strip(Text(" " * indent) + one) for one in rows)]


class Page(Lines, can_focus=True):
    """Lines that may be longer than the screen."""

    BINDINGS: ClassVar = bindings("page")

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, wrap=True)
        self._top = 0
        self._height = 0

    @property
    def hidden_below(self) -> int:
        """How many rows are below the last one in sight."""
        return max(0, self._height - self._top - self.size.height)

    def show(self, lines: Sequence[Line]) -> None:
        """Replace what is shown; a page at its start stays there."""
        super().show(lines)

    def draw(self) -> list[Strip]:
        """Return the rows in sight; the last one says what is below."""
        strips = self._laid_out(self._lines)
        height = max(self.size.height, 1)
        self._height = len(strips)
        self._top = max(0, min(self._top, self._height - height))
        rows = strips[self._top : self._top + height]
        if below := self.hidden_below:
            shown = self._top + len(rows) - 1
            mark = f"line {shown}/{self._height}, {below + 1} more below"
            rows[-1] = self.strip(Text(mark, style="muted"))
        return rows

    def scroll_rows(self, rows: int) -> None:
        """Move by rows; beyond an end there is nothing."""
        self._top += rows
        self.redraw()

    def action_rows(self, rows: int) -> None:
        """Move by rows."""
        self.scroll_rows(rows)

    def action_pages(self, pages: int) -> None:
        """Move by screens, keeping one row in sight."""
        self.scroll_rows(pages * max(self.size.height - 2, 1))

    def action_start(self) -> None:
        """Go to the first row."""
        self.scroll_rows(-self._height)

    def action_end(self) -> None:
        """Go to the last row."""
        self.scroll_rows(self._height)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Follow the wheel."""
        event.stop()
        self.scroll_rows(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Follow the wheel."""
        event.stop()
        self.scroll_rows(-3)


def _leading(text: Text) -> int:
    """Return how far a line is indented."""
    return len(text.plain) - len(text.plain.lstrip(" "))
