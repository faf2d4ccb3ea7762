"""The live chart: raw values, their smoothed line and evaluations, repainted cell by cell."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.message import Message
from textual.strip import Strip

from tui.glyphs import Level
from tui.keymap import bindings
from tui.widgets.canvas import Canvas
from tui.widgets.plotting import Plot, Range, chart_rows, dots_across, range_for

_TILES = 8


class Tile(Canvas):
    """One upright slice of a chart.

    Textual sends a changed row from the left edge of its widget; slices keep that edge near.
    """

    def __init__(self, slice_of: Callable[[int, int], list[Strip]]) -> None:
        super().__init__()
        self._slice_of = slice_of

    def draw(self) -> list[Strip]:
        """Return this slice of the chart's rows."""
        left = self.virtual_region.x
        return self._slice_of(left, left + self.size.width)


class LineChart(Canvas, can_focus=True):
    """Draws a plot; the x axis is fixed to the planned steps, so a new point costs few bytes."""

    DEFAULT_CSS = "LineChart { layout: horizontal; }"

    BINDINGS: ClassVar = bindings("chart")

    @dataclass
    class CursorMoved(Message):
        """Another column is to be read."""

        chart: "LineChart"
        column: int | None
        """Dot column, None to follow the newest."""

    @dataclass
    class Resized(Message):
        """The number of columns changed; a plot for it is wanted."""

    def __init__(self, level: Level, *, id: str | None = None) -> None:
        self._tiles = tuple(Tile(self._slice) for _ in range(_TILES))
        super().__init__(id=id)
        self._level = level
        self._plot = Plot()
        self._range: Range | None = None
        self._cursor: int | None = None
        self._early = 0
        """Moves of the cursor that were asked for before there was a plot to read."""
        self._drawn_for = 0
        self._whole: list[Strip] | None = None
        self.log_y = False
        """Whether the y axis is logarithmic."""

    def compose(self) -> ComposeResult:
        """Lay the slices side by side."""
        yield from self._tiles

    def _slice(self, left: int, right: int) -> list[Strip]:
        """Return the cells between two columns of every row."""
        if self._whole is None:
            self._whole = self._drawn() if self.size else []
        return [row.crop(left, right) for row in self._whole]

    def redraw(self) -> None:
        """Draw again; each slice repaints what differs in it."""
        self._whole = None
        for tile in self._tiles:
            tile.redraw()

    @property
    def columns(self) -> int:
        """How many columns a plot for this size has."""
        return dots_across(self.size.width, self._level)

    def x_of(self, column: int) -> float:
        """Return the place on the x axis at the middle of a column."""
        share = (column + 0.5) / max(self.columns, 1)
        return self._plot.x_min + share * (self._plot.x_max - self._plot.x_min)

    def show(self, plot: Plot, cursor: int | None = None) -> None:
        """Replace the plot, and put the cursor on a column of it."""
        if (plot.x_min, plot.x_max, plot.time) != self._window():
            self._range = None
        self._plot, self._cursor = plot, cursor
        if self.log_y and any(value <= 0 for value in plot.values):
            self.log_y = False
        self.redraw()
        moves, self._early = self._early, 0
        for _ in range(abs(moves)):
            self.action_cursor(1 if moves > 0 else -1)

    def _window(self) -> tuple[float, float, bool]:
        """Return what part of the x axis is shown; another part has a y range of its own."""
        return self._plot.x_min, self._plot.x_max, self._plot.time

    def set_log_y(self, on: bool) -> bool:
        """Switch the y axis and return True, or refuse where a value has no logarithm."""
        if on and any(value <= 0 for value in self._plot.values):
            return False
        self.log_y = on
        self._range = None
        self.redraw()
        return True

    def draw(self) -> list[Strip]:
        """Return nothing: the slices cover the whole widget."""
        return []

    def _drawn(self) -> list[Strip]:
        """Return the rows of the chart."""
        width, height = self.size
        self._range = range_for(
            self._plot.values, self._range, log=self.log_y, young=self._plot.young
        )
        rows = chart_rows(
            self._plot,
            self._range,
            width=width,
            height=height,
            level=self._level,
            log=self.log_y,
            cursor=self._cursor,
        )
        return [self._fitted(row) for row in rows[:height]]

    def _fitted(self, row: Text) -> Strip:
        row.truncate(self.size.width)
        return self.strip(row)

    def action_cursor(self, steps: int) -> None:
        """Move the cursor by cells to another column that holds a value."""
        if not self._plot.smooth:
            self._early += steps
            return
        filled = [x for x, value in enumerate(self._plot.high) if value is not None]
        if not filled:
            return
        at = self._cursor if self._cursor is not None else filled[-1]
        ahead = [x for x in filled if (x > at if steps > 0 else x < at)]
        if ahead:
            self._move(ahead[0] if steps > 0 else ahead[-1])

    def action_newest(self) -> None:
        """Follow the newest value."""
        self._move(None)

    def _move(self, column: int | None) -> None:
        self._cursor = column
        self.redraw()
        self.post_message(self.CursorMoved(self, column))

    def on_resize(self, event: events.Resize) -> None:
        """Ask for a plot of the new width; one of another width is not stretched."""
        if self._drawn_for != self.columns:
            self._drawn_for, self._cursor = self.columns, None
            self._plot = Plot(x_min=self._plot.x_min, x_max=self._plot.x_max, time=self._plot.time)
            self.post_message(self.Resized())
        self.forget_drawing()

    def forget_drawing(self) -> None:
        """Draw everything the next time a slice is asked for."""
        super().forget_drawing()
        self._whole = None
        for tile in self._tiles:
            tile.forget_drawing()
            tile.refresh()
