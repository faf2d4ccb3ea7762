"""Turns values a dot column into rows of characters; pure, so that every pixel can be tested."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

from rich.text import Text

from tui.glyphs import Level
from tui.wording import duration, figure

GUTTER = 9
"""Cells for the labels of the y axis, with the axis."""
DOTS: dict[Level, tuple[int, int]] = {"braille": (2, 4), "block": (1, 2), "ascii": (1, 1)}
"""Dots a cell, across and down."""
_BRAILLE = 0x2800
_BRAILLE_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
Cells = list[list[tuple[str, str]]]
"""Characters and their inks, row by row."""
_EVAL = "◆"
_CURSOR = "│"
_YOUNG_SHARE = 8
"""A chart with less than one in so many columns filled has a range with room to spare."""
_SPARE = 1.15
"""How far above the highest early value such a range reaches."""
_SPARE_GROWING = 3.0
"""The same for values that have outgrown a range, as a learning rate does that warms up."""
_LITTLE = 0.1
"""An early range is given up when not even so much of it is in use."""
_FULLNESS = 0.4
"""Share of the y range that must be in use; below it the range shrinks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """What to draw; columns are dots across, from the first step to the last."""

    low: tuple[float | None, ...] = ()
    """Smallest raw value of each column; None where nothing was logged."""
    high: tuple[float | None, ...] = ()
    """Largest raw value of each column: a spike of one step survives any zoom."""
    smooth: tuple[float | None, ...] = ()
    """Smoothed value at the end of each column."""
    gaps: frozenset[int] = frozenset()
    """Columns whose first point must not be joined to the one before."""
    broken: frozenset[int] = frozenset()
    """Columns with a value that was NaN or infinite."""
    evals: tuple[tuple[int, float], ...] = ()
    """Column and value of each evaluation."""
    letters: tuple[tuple[int, str], ...] = ()
    """Column and letter: B best, C checkpoint, R resumed, M out of memory, ! alert."""
    x_min: float = 0.0
    """Step, or seconds, at the left edge."""
    x_max: float = 1.0
    """Step, or seconds, at the right edge."""
    time: bool = False
    """Whether the x axis is the time spent in steps."""
    empty: str = ""
    """What to say while there is nothing to draw."""

    @property
    def values(self) -> list[float]:
        """Every value that has a place on the y axis."""
        some = (*self.low, *self.high, *self.smooth, *(value for _, value in self.evals))
        return [value for value in some if value is not None]

    @property
    def young(self) -> bool:
        """Whether so little is drawn that its range says nothing about what will come."""
        filled = sum(value is not None for value in self.smooth)
        return filled < max(4, len(self.smooth) // _YOUNG_SHARE)

    def column_of(self, x: float) -> int | None:
        """Return the column of a place on the x axis, None outside."""
        columns = len(self.smooth)
        if not columns or not self.x_min <= x <= self.x_max:
            return None
        share = (x - self.x_min) / max(self.x_max - self.x_min, 1e-9)
        return min(columns - 1, int(share * columns))


@dataclass(frozen=True, slots=True)
class Range:
    """The ends of the y axis."""

    low: float
    high: float
    early: bool = False
    """Whether it was chosen with room to spare, before much was known."""

    def place(self, value: float, *, log: bool) -> float:
        """Return where a value lies, 0 at the bottom and 1 at the top."""
        low, high = self.low, self.high
        if log:
            low, high, value = math.log10(low), math.log10(high), math.log10(value)
        return min(1.0, max(0.0, (value - low) / (high - low)))

    def at(self, place: float, *, log: bool) -> float:
        """Return the value at a height between 0 and 1."""
        if log:
            low, high = math.log10(self.low), math.log10(self.high)
            return float(10 ** (low + place * (high - low)))
        return self.low + place * (self.high - self.low)


def dots_across(width: int, level: Level) -> int:
    """Return how many columns a chart of this width has."""
    return max(1, (width - GUTTER) * DOTS[level][0])


def range_for(
    values: list[float], before: Range | None, *, log: bool, young: bool = False
) -> Range:
    """Return a y range in round numbers; the one before is kept while it still fits.

    Every other range repaints the whole chart, so a young chart begins at zero with room to spare.
    """
    if not values:
        return before or Range(0.0, 1.0, early=True)
    low, high = min(values), max(values)
    early = young and not log and low >= 0 and high > 0
    wanted = _log_range(low, high) if log else _linear_range(low, high)
    if early:
        spare = _SPARE if before is None or high <= before.high else _SPARE_GROWING
        wanted = replace(_linear_range(0.0, high * spare), early=True)
    if before is None or low < before.low or high > before.high:
        return wanted
    if before.early:
        return (
            before if early and high > before.low + _LITTLE * (before.high - before.low) else wanted
        )
    used = before.place(high, log=log) - before.place(low, log=log)
    return before if used >= _FULLNESS or wanted == before else wanted


def _linear_range(low: float, high: float) -> Range:
    """Return the ends in steps of about a third of what is shown."""
    step = _round_step((high - low) / 3 or abs(high) / 3 or 1.0)
    first, last = math.floor(low / step) * step, math.ceil(high / step) * step
    return Range(first - step, last + step) if first == last else Range(first, last)


def _log_range(low: float, high: float) -> Range:
    """Return the ends among 1, 2, 5 x 10^k."""
    marks = _log_marks(math.floor(math.log10(low)), math.floor(math.log10(high)) + 1)
    first = max(mark for mark in marks if mark <= low)
    return Range(first, min(mark for mark in marks if mark >= high and mark > first))


def _log_marks(first: int, last: int) -> list[float]:
    """Return 1, 2, 5 x 10^k for these powers."""
    return [n * 10.0**power for power in range(first, last + 1) for n in (1, 2, 5)]


def _round_step(step: float) -> float:
    """Return the next of 1, 2, 5 x 10^k."""
    power = 10.0 ** math.floor(math.log10(step))
    return next((n * power for n in (1, 2, 5) if n * power >= step * 0.999999), 10 * power)


def chart_rows(
    plot: Plot, y: Range, *, width: int, height: int, level: Level, log: bool, cursor: int | None
) -> list[Text]:
    """Return `height` rows of `width` cells; the last two are the x axis and its labels."""
    dx, dy = DOTS[level]
    across, rows = max(1, width - GUTTER), max(1, height - 2)
    raw, line = Dots(dx, dy, across, rows), Dots(dx, dy, across, rows)
    for x, (low, high) in enumerate(zip(plot.low, plot.high, strict=True)):
        if low is not None and high is not None:
            raw.column(x, y.place(low, log=log), y.place(high, log=log))
    draw_line(line, plot, y, log=log)
    cells = _layers(raw, line, level, across, rows)
    _mark(cells, plot, y, log=log, dx=dx)
    if cursor is not None:
        put_cursor(cells, cursor // dx)
    if plot.empty:
        words = f" {plot.empty}"[:across]
        cells[rows // 2][: len(words)] = [(character, "muted") for character in words]
    marks = labels(rows, y, log=log) if plot.values else {}
    shown = [with_label(row, marks.get(n, "")) for n, row in enumerate(cells)]
    return [*shown, _axis(plot, dx, across), axis_labels(plot, across)]


def put_cursor(cells: Cells, at: int) -> None:
    """Draw the cursor behind what stands in its column."""
    for row in cells:
        place = min(at, len(row) - 1)
        row[place] = row[place] if row[place][0] != " " else (_CURSOR, "muted")


class Dots:
    """Which dots of a grid are set; row 0 is the top one."""

    def __init__(self, dx: int, dy: int, across: int, rows: int) -> None:
        self._dx, self._dy = dx, dy
        self._width, self._height = dx * across, dy * rows
        self.cells: dict[tuple[int, int], list[tuple[int, int]]] = {}

    def column(self, x: int, one: float, other: float) -> None:
        """Set the dots of a column between two heights from 0 to 1."""
        if x >= self._width:
            return
        last = self._height - 1
        top, bottom = sorted((round((1 - one) * last), round((1 - other) * last)))
        for dot in range(top, bottom + 1):
            cell = (dot // self._dy, x // self._dx)
            self.cells.setdefault(cell, []).append((dot % self._dy, x % self._dx))


def draw_line(dots: "Dots", plot: Plot, y: Range, *, log: bool) -> None:
    """Join the smoothed values of neighbouring columns, but for the gaps."""
    before: tuple[int, float] | None = None
    for x, value in enumerate(plot.smooth):
        if value is None:
            continue
        here = y.place(value, log=log)
        start, height = before if before and x not in plot.gaps else (x, here)
        for between in range(start, x):
            rise = (here - height) / (x - start)
            one = height + rise * (between - start)
            dots.column(between, one, one + rise)
        dots.column(x, here, here)
        before = (x, here)


def _mark(cells: Cells, plot: Plot, y: Range, *, log: bool, dx: int) -> None:
    """Put the marks of evaluations and of broken values over the dots."""
    rows, across = len(cells), len(cells[0])
    for x, value in plot.evals:
        at = min(rows - 1, int((1 - y.place(value, log=log)) * rows))
        cells[at][min(x // dx, across - 1)] = (_EVAL, "eval")
    for x in plot.broken:
        cells[0][min(x // dx, across - 1)] = ("!", "bad")


def _layers(raw: Dots, line: Dots, level: Level, across: int, rows: int) -> Cells:
    """Return the cells with the raw dots under the line."""
    return [
        [
            (character(line.cells[row, x], level, "ema"), "ema")
            if (row, x) in line.cells
            else (character(raw.cells[row, x], level, "loss"), "loss")
            if (row, x) in raw.cells
            else (" ", "")
            for x in range(across)
        ]
        for row in range(rows)
    ]


def character(dots: list[tuple[int, int]], level: Level, ink: str) -> str:
    """Return what shows these dots of one cell."""
    if level == "braille":
        return chr(_BRAILLE | sum({_BRAILLE_BITS[y][x] for y, x in dots}))
    if level == "block":
        return {frozenset({0}): "▀", frozenset({1}): "▄"}.get(frozenset(y for y, _ in dots), "█")
    return "*" if ink == "ema" else "."


def with_label(row: list[tuple[str, str]], label: str) -> Text:
    """Return a row behind its place on the y axis.

    A blank takes the ink of its neighbour: it looks the same, and a change of style is dear.
    """
    line = Text(f"{label:>{GUTTER - 2}} ┤", style="muted")
    shown = "".join(character for character, _ in row)
    inked = [(x, ink) for x, (character, ink) in enumerate(row) if character != " "]
    line.append(shown)
    after_last = inked[-1][0] + 1 if inked else 0
    for (x, ink), (end, _) in pairwise([*inked, (after_last, "")]):
        line.stylize(ink, GUTTER + x, GUTTER + end)
    return line


def labels(
    rows: int, y: Range, *, log: bool, words: Callable[[float], str] = figure
) -> dict[int, str]:
    """Return round values by the row they are nearest to, no two in neighbouring rows."""
    found: dict[int, str] = {}
    for value in _ticks(y, rows, log=log):
        row = round((1 - y.place(value, log=log)) * (rows - 1))
        if not {row - 1, row, row + 1} & found.keys():
            found[row] = words(value)
    return found


def _ticks(y: Range, rows: int, *, log: bool) -> list[float]:
    """Return round values from the bottom to the top."""
    if log:
        first, last = math.floor(math.log10(y.low)), math.floor(math.log10(y.high)) + 1
        return [mark for mark in _log_marks(first, last) if y.low <= mark <= y.high]
    step = _round_step((y.high - y.low) / max(1, min(6, rows // 2)))
    first, last = math.ceil(y.low / step - 1e-9), math.floor(y.high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def _axis(plot: Plot, dx: int, across: int) -> Text:
    """Return the x axis with the letters of what happened."""
    cells: list[tuple[str, str]] = [("─", "muted")] * across
    for x, letter in plot.letters:
        ink = {"!": "bad", "B": "good"}.get(letter, "strong")
        cells[min(x // dx, across - 1)] = (letter, ink)
    return Text.assemble((" " * (GUTTER - 1) + "└", "muted"), *cells)


def axis_labels(plot: Plot, across: int) -> Text:
    """Return the places at the ends and in the middle of the x axis."""
    row = [" "] * across
    for place in (0.0, 0.5, 1.0):
        x = plot.x_min + place * (plot.x_max - plot.x_min)
        label = duration(x) if plot.time else f"{int(x):,}"
        start = max(0, min(across - len(label), int(place * across) - len(label) // 2))
        row[start : start + len(label)] = label
    return Text(" " * GUTTER + "".join(row)[:across], style="muted")
