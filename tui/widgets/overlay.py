"""Several curves in one frame, each told apart by its letter before its colour."""

from dataclasses import dataclass

from rich.text import Text
from textual.strip import Strip

from tui.glyphs import Level
from tui.widgets.canvas import Canvas
from tui.widgets.plotting import (
    DOTS,
    GUTTER,
    Cells,
    Dots,
    Plot,
    Range,
    axis_labels,
    character,
    dots_across,
    draw_line,
    labels,
    put_cursor,
    range_for,
    with_label,
)

_LETTER_EVERY = 16
"""Cells between two letters on one curve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """One curve among others."""

    letter: str
    """Stands on the curve; small, it marks the evaluations."""
    ink: str
    smooth: tuple[float | None, ...] = ()
    """Smoothed value at the end of each dot column."""
    gaps: frozenset[int] = frozenset()
    """Columns whose first point must not be joined to the one before."""
    evals: tuple[tuple[int, float], ...] = ()
    """Column and value of each evaluation."""

    @property
    def values(self) -> list[float]:
        """Every value that has a place on the y axis."""
        shown = [value for value in self.smooth if value is not None]
        return [*shown, *(value for _, value in self.evals)]


def overlay_rows(
    overlays: tuple[Overlay, ...],
    frame: Plot,
    y: Range,
    *,
    width: int,
    height: int,
    level: Level,
    log: bool,
    cursor: int | None = None,
) -> list[Text]:
    """Return `height` rows of `width` cells; `frame` says which part of the x axis is shown."""
    dx, dy = DOTS[level]
    across, rows = max(1, width - GUTTER), max(1, height - 2)
    cells: Cells = [[(" ", "")] * across for _ in range(rows)]
    for one in overlays:
        dots = Dots(dx, dy, across, rows)
        draw_line(dots, Plot(smooth=one.smooth, gaps=one.gaps), y, log=log)
        for (row, x), at in dots.cells.items():
            if cells[row][x][0] == " ":
                shown = one.letter if level == "ascii" else character(at, level, "ema")
                cells[row][x] = (shown, one.ink)
    for number, one in enumerate(overlays):
        _put_letters(cells, one, number, y, dx=dx, log=log)
    if cursor is not None:
        put_cursor(cells, cursor // dx)
    marks = labels(rows, y, log=log)
    shown_rows = [with_label(row, marks.get(n, "")) for n, row in enumerate(cells)]
    axis = Text(" " * (GUTTER - 1) + "└" + "─" * across, style="muted")
    return [*shown_rows, axis, axis_labels(frame, across)]


def _put_letters(cells: Cells, one: Overlay, number: int, y: Range, *, dx: int, log: bool) -> None:
    """Put the letters of a curve over its dots, each curve's at places of its own."""
    rows, across = len(cells), len(cells[0])

    def put(column: int, value: float, letter: str) -> None:
        row = min(rows - 1, int((1 - y.place(value, log=log)) * rows))
        cells[row][min(column // dx, across - 1)] = (letter, one.ink)

    for column, value in one.evals:
        put(column, value, one.letter.lower())
    filled = [(x, value) for x, value in enumerate(one.smooth) if value is not None]
    for x, value in filled:
        if x % dx == 0 and (x // dx + 3 * number) % _LETTER_EVERY == _LETTER_EVERY // 2:
            put(x, value, one.letter)
    if filled:
        put(*filled[-1], one.letter)


class OverlayChart(Canvas):
    """Draws some curves in one frame."""

    def __init__(self, level: Level, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._level = level
        self._overlays: tuple[Overlay, ...] = ()
        self._frame = Plot()
        self._range: Range | None = None
        self._cursor: int | None = None
        self.log_y = False
        """Whether the y axis is logarithmic."""

    @property
    def columns(self) -> int:
        """How many dot columns a curve for this size has."""
        return dots_across(self.size.width, self._level)

    def show(self, overlays: tuple[Overlay, ...], frame: Plot, cursor: float | None = None) -> None:
        """Replace the curves, and put the cursor at a place on the x axis."""
        self._overlays, self._frame = overlays, frame
        inside = cursor is not None and frame.x_max > 0
        column = int(cursor / frame.x_max * self.columns) if inside and cursor else 0
        self._cursor = min(self.columns - 1, column) if inside else None
        self.redraw()

    def beside_cursor(self, steps: int) -> float | None:
        """Return the next place, or the one before, where any curve has a value; None without."""
        filled = sorted(
            {x for one in self._overlays for x, value in enumerate(one.smooth) if value is not None}
        )
        if not filled:
            return None
        at = filled[-1] if self._cursor is None else self._cursor
        ahead = [x for x in filled if (x > at if steps > 0 else x < at)]
        column = (ahead[0] if steps > 0 else ahead[-1]) if ahead else at
        return (column + 0.5) / max(self.columns, 1) * self._frame.x_max

    def set_log_y(self, on: bool) -> bool:
        """Switch the y axis and return True, or refuse where a value has no logarithm."""
        if on and any(value <= 0 for one in self._overlays for value in one.values):
            return False
        self.log_y, self._range = on, None
        self.redraw()
        return True

    def draw(self) -> list[Strip]:
        """Return the rows."""
        values = [value for one in self._overlays for value in one.values]
        log = self.log_y and all(value > 0 for value in values)
        self._range = range_for(values, self._range, log=log)
        rows = overlay_rows(
            self._overlays,
            self._frame,
            self._range,
            width=self.size.width,
            height=self.size.height,
            level=self._level,
            log=log,
            cursor=self._cursor,
        )
        return [self._fitted(row) for row in rows[: self.size.height]]

    def _fitted(self, row: Text) -> Strip:
        row.truncate(self.size.width)
        return self.strip(row)
