"""A widget that is a list of rows and repaints only the cells that changed."""

from collections.abc import Sequence
from typing import ClassVar

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from rich.theme import Theme
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

INKS = (
    "title", "strong", "muted", "good", "warn", "bad", "accent", "key", "cursor", "faint_cursor",
    "loss", "ema", "eval", "here",
)  # fmt: skip
"""What a span of text can mean; the theme decides how that looks."""


class Canvas(Widget, can_focus=False):
    """Holds one strip a row and compares before it repaints.

    Textual repaints whole widgets; over a slow link that is the difference between 0.1 KB and
    15 KB for one changed figure.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"ink--{ink}" for ink in INKS}
    DEFAULT_CSS = """
    Canvas { height: 1fr; width: 1fr; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._rows: list[Strip] = []
        self._ink_console: Console | None = None

    def draw(self) -> list[Strip]:
        """Return the rows for the present size."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw again and repaint the spans that differ."""
        if not self.size:
            return
        old, self._rows = self._rows, [row.simplify() for row in self.draw()]
        blank = Strip([])
        for y in range(self.size.height):
            before = old[y] if y < len(old) else blank
            after = self._rows[y] if y < len(self._rows) else blank
            if before != after:
                x, width = _changed_span(before, after, self.size.width)
                if width:
                    self.refresh(Region(x, y, width, 1))

    def render_line(self, y: int) -> Strip:
        """Return one row, exactly as wide as the widget."""
        base = self.visual_style.rich_style
        if y >= len(self._rows):
            return Strip.blank(self.size.width, base)
        return self._rows[y].apply_style(base).adjust_cell_length(self.size.width, base)

    def strip(self, text: Text) -> Strip:
        """Return a line of text with its inks resolved by the theme."""
        return Strip(text.render(self.console_of_inks()), text.cell_len)

    def console_of_inks(self) -> Console:
        """Return what resolves ink names to styles and wraps text."""
        if self._ink_console is None:
            styles = {ink: self.ink(ink) for ink in INKS}
            self._ink_console = Console(
                width=max(self.size.width, 1),
                theme=Theme(styles, inherit=False),
                color_system="truecolor",
                legacy_windows=False,
            )
        return self._ink_console

    def ink(self, name: str) -> Style:
        """Return how an ink looks on this widget; only the foreground, so that rows can be lit.

        Muted colours are shares of the foreground over the background, so both are resolved.
        """
        style = self.get_component_rich_style(f"ink--{name}")
        return Style(
            color=style.color,
            bold=style.bold,
            dim=style.dim,
            italic=style.italic,
            reverse=style.reverse,
            underline=style.underline,
        )

    def notify_style_update(self) -> None:
        """Forget the inks of the old theme."""
        super().notify_style_update()
        self._ink_console = None
        if self.is_mounted:
            self.call_after_refresh(self.repaint)

    def on_resize(self, _: events.Resize) -> None:
        """Draw for the new size."""
        self.repaint()

    def repaint(self) -> None:
        """Draw and send everything: the size or the theme is another."""
        self._ink_console = None
        if self.size:
            self._rows = [row.simplify() for row in self.draw()]
            self.refresh()


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
