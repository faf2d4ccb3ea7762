"""A widget that is a list of rows and repaints only the cells that changed."""

from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from tui.safe_app import SafeApp
from tui.widgets.inks import InkScreen


class Canvas(Widget, can_focus=False):
    """Holds one strip a row and compares before it repaints.

    Textual repaints whole widgets; over a slow link that is the difference between 0.1 KB and
    15 KB for one changed figure.
    """

    DEFAULT_CSS = """
    Canvas { height: 1fr; width: 1fr; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._rows: list[Strip] | None = None
        """What is on the screen; None until it is asked for at a new size or theme."""
        self._drawn_at = Size()
        self._inks: Console | None = None
        """What was drawn with, None before anything was."""
        self._then: Callable[[], object] | None = None
        """What waits for the next paint."""

    def draw(self) -> list[Strip]:
        """Return the rows for the present size."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw again and repaint the spans that differ."""
        if not self.size or self._rows is None:
            self.refresh()
            return
        old, self._rows = self._rows, [row.simplify() for row in self.draw()]
        blank = Strip([])
        for y in range(self.size.height):
            before = old[y] if y < len(old) else blank
            after = self._rows[y] if y < len(self._rows) else blank
            if before is blank:
                x, width = 0, min(after.cell_length, self.size.width)
            elif before != after:
                x, width = _changed_span(before, after, self.size.width)
            else:
                continue
            if width:
                self.refresh(Region(x, y, width, 1))

    def when_painted(self, then: Callable[[], object]) -> None:
        """Do something once what is shown now stands on the terminal."""
        self._then = then

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the rows of a part; Textual sends them off before it does anything else."""
        strips = super().render_lines(crop)
        held = isinstance(self.app, SafeApp) and self.app.holds_paints
        if self._then is not None and not held:
            self.call_later(self._then)
            self._then = None
        return strips

    def render_line(self, y: int) -> Strip:
        """Return one row, exactly as wide as the widget."""
        base = self.visual_style.rich_style
        if self._rows is None:
            self._rows = [row.simplify() for row in self.draw()]
            self._drawn_at = self.size
        if y >= len(self._rows):
            return Strip.blank(self.size.width, base)
        return self._rows[y].apply_style(base).adjust_cell_length(self.size.width, base)

    def strip(self, text: Text) -> Strip:
        """Return a line of text with its inks resolved by the theme."""
        return Strip(text.render(self.console_of_inks()), text.cell_len)

    def console_of_inks(self) -> Console:
        """Return what resolves ink names to styles and wraps text."""
        self._inks = self._screen_of_inks().inks
        return self._inks

    def _screen_of_inks(self) -> InkScreen[Any]:
        screen = self.screen
        assert isinstance(screen, InkScreen), "our widgets stand on our screens"
        return screen

    def notify_style_update(self) -> None:
        """Draw again when Textual next asks, if the inks are of another theme.

        Every move of the focus updates styles, and nothing looks different for it.
        """
        super().notify_style_update()
        if self._inks is not None and self._inks is not self._screen_of_inks().inks:
            self.forget_drawing()

    def on_resize(self, _: events.Resize) -> None:
        """Draw for the new size, unless that was asked for already."""
        if self._rows is None or self._drawn_at != self.size:
            self.forget_drawing()
            self.refresh()

    def forget_drawing(self) -> None:
        """Draw everything the next time it is asked for."""
        self._rows = None


def _changed_span(before: Strip, after: Strip, width: int) -> tuple[int, int]:
    """Return where two rows begin to differ and for how many cells."""
    old, new = _cells(before, width), _cells(after, width)
    start = next((x for x in range(width) if old[x] != new[x]), width)
    end = next((x for x in range(width, start, -1) if old[x - 1] != new[x - 1]), start)
    while end < width and not (old[end][0] and new[end][0]):
        end += 1  # never cut a wide character in two
    return start, end - start


def _cells(strip: Strip, width: int) -> Sequence[tuple[str, Style | None]]:
    """Return a row cell by cell; wide characters and their marks stay in their first cell."""
    cells: list[tuple[str, Style | None]] = []
    for segment in strip:
        for character in segment.text:
            size = Segment(character).cell_length
            if not size and cells:
                cells[-1] = (cells[-1][0] + character, cells[-1][1])
                continue
            cells.append((character, segment.style))
            cells.extend([("", segment.style)] * (size - 1))
    cells.extend([(" ", None)] * (width - len(cells)))
    return cells[:width]
