"""Draws the costs of hosting and of own machines over the volume, as bands with what is unknown."""

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import floor

from rich.text import Text

from core.decide.break_even import BreakEven
from core.decide.volumes import span_of
from tui.glyphs import Level
from tui.widgets.plotting import (
    DOTS,
    GUTTER,
    Cells,
    Dots,
    Range,
    character,
    labels,
    range_for,
    with_label,
)

_CENT = 0.01
_MOST_MONEY = 1e14
_INKS = {"H": "accent", "M": "ema", "both": "eval"}
_FILL: dict[Level, dict[str, str]] = {
    "block": {"H": "░", "M": "█", "both": "▓"},
    "ascii": {"H": "h", "M": "m", "both": "x"},
}
"""What fills a band where there are no braille dots to tell them apart by."""
_PLACES = {"H": (0.15, 0.55, 0.9), "M": (0.05, 0.35, 0.75)}
"""Where along the x axis the letters of the bands stand, as shares of the width."""


def plot_rows(
    meets: BreakEven, asked: float | None, *, width: int, height: int, level: Level
) -> list[Text]:
    """Return `height` rows of `width` cells; `asked` is the person's volume in requests a day."""
    dx, dy = DOTS[level]
    across, rows = max(1, width - GUTTER), max(1, height - 2)
    first, last = span_of(meets, asked)
    volumes = [_volume_at((x + 0.5) / (across * dx), first, last) for x in range(across * dx)]
    bands = {"H": list(_hosted(meets, volumes)), "M": list(_machines(meets, volumes))}
    y = range_for([end for band in bands.values() for ends in band for end in ends], None, log=True)
    dots = {name: _dots(band, y, name, dx, dy, across, rows) for name, band in bands.items()}
    cells: Cells = [[_cell(dots, row, x, level) for x in range(across)] for row in range(rows)]
    for name, band in bands.items():
        _put_letters(cells, name, band, y, dx=dx)
    own = None if asked is None else _cell_of(asked, first, last, across)
    for row in cells if own is not None else ():
        if own is not None and row[own][0] == " ":
            row[own] = ("│", "strong")
    marks = labels(rows, y, log=True, words=money)
    drawn = [with_label(row, marks.get(n, "")) for n, row in enumerate(cells)]
    return [*drawn, _axis(meets, own, first, last, across), _axis_labels(first, last, across)]


def _volume_at(place: float, first: int, last: int) -> int:
    """Return the volume at a place between 0 and 1 of an axis by tens."""
    factor: float = (last / first) ** place
    return max(1, round(first * factor))


def _cell_of(volume: float, first: int, last: int, across: int) -> int:
    """Return the cell of a volume; one outside stands at the edge."""
    if volume <= first:
        return 0
    share = math.log(min(volume, last) / first) / math.log(last / first)
    return min(across - 1, int(share * across))


def _hosted(meets: BreakEven, volumes: Sequence[int]) -> Iterator[tuple[float, float]]:
    """Yield both ends of the hosted cost at each volume, near enough for drawing."""
    low, high = (_near(end) for end in meets.slope)
    for volume in volumes:
        yield _drawable(low * volume), _drawable(high * volume)


def _machines(meets: BreakEven, volumes: Sequence[int]) -> Iterator[tuple[float, float]]:
    """Yield the same for own machines, of which each further one is a step."""
    (low, high), (slow, fast) = (_near(end) for end in meets.fixed), map(floor, meets.capacity)
    for volume in volumes:
        few, many = (-(-volume // max(1, load)) for load in (fast, slow))
        yield _drawable(low * max(1, few)), _drawable(high * max(1, many))


def _near(cost: Fraction) -> float:
    """Return a cost as a float, which the largest ones would not fit."""
    return float(min(cost, Fraction(_MOST_MONEY)))


def _drawable(cost: float) -> float:
    """Return a cost within what is drawn: below a cent there is no logarithm worth showing."""
    return min(max(cost, _CENT), _MOST_MONEY)


def _dots(
    band: list[tuple[float, float]],
    y: Range,
    name: str,
    dx: int,
    dy: int,
    across: int,
    rows: int,
) -> Dots:
    """Return the dots of a band: hosting checkered, machines striped, so that both show in one."""
    found = Dots(dx, dy, across, rows)
    for x, (low, high) in enumerate(band):
        found.column(x, y.place(low, log=True), y.place(high, log=True))
    if dy == DOTS["braille"][1]:
        for cell, inside in found.cells.items():
            checkered = [one for one in inside if (one[0] + one[1]) % 2 == 0]
            striped = [one for one in inside if one[1] == 0]
            found.cells[cell] = (checkered if name == "H" else striped) or inside
    return found


def _cell(dots: dict[str, Dots], row: int, x: int, level: Level) -> tuple[str, str]:
    """Return what stands in one cell: a band, both, or nothing."""
    inside = {name: one.cells[row, x] for name, one in dots.items() if (row, x) in one.cells}
    if not inside:
        return " ", ""
    name = "both" if len(inside) > 1 else next(iter(inside))
    if level == "braille":
        every = [dot for some in inside.values() for dot in some]
        return character(sorted(set(every)), level, ""), _INKS[name]
    return _FILL[level][name], _INKS[name]


def _put_letters(
    cells: Cells, name: str, band: list[tuple[float, float]], y: Range, *, dx: int
) -> None:
    """Put the letter of a band into it, so that no colour is needed to know it."""
    for share in _PLACES[name]:
        column = int(share * len(band))
        low, high = (y.place(end, log=True) for end in band[column])
        row = round((1 - (low + high) / 2) * (len(cells) - 1))
        cells[row][min(column // dx, len(cells[0]) - 1)] = (name, _INKS[name])


def _axis(meets: BreakEven, own: int | None, first: int, last: int, across: int) -> Text:
    """Return the x axis, thick where the costs may meet, with a mark at the person's volume."""
    cells = [("─", "muted")] * across
    if meets.low is not None:
        start = _cell_of(meets.low, first, last, across)
        end = across - 1 if meets.high is None else _cell_of(meets.high, first, last, across)
        cells[start : end + 1] = [("━", "eval")] * (end + 1 - start)
    if own is not None:
        cells[own] = ("▲", "strong")
    return Text.assemble((" " * (GUTTER - 1) + "└", "muted"), *cells)


def _axis_labels(first: int, last: int, across: int) -> Text:
    """Return the powers of ten under the axis, as far as they do not touch."""
    row = [" "] * across
    end = -1
    for power, words in _tens(first, last):
        at = _cell_of(power, first, last, across) - len(words) // 2
        at = max(0, min(across - len(words), at))
        if at > end:
            row[at : at + len(words)] = words
            end = at + len(words)
    return Text(" " * GUTTER + "".join(row)[:across], style="muted")


def _tens(first: int, last: int) -> Iterator[tuple[int, str]]:
    """Yield the powers of ten of a span as people write them."""
    for power in range(math.ceil(math.log10(first)), math.floor(math.log10(last)) + 1):
        yield 10**power, short(10**power)


def short(volume: int) -> str:
    """Return a round volume in a few characters, as in 10k."""
    for size, letter in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if volume >= size and volume % size == 0:
            return f"{volume // size}{letter}"
    return f"{volume:,}"


def money(amount: float) -> str:
    """Return a round amount in a few characters, as in 50k or 0.02."""
    return f"{amount:g}" if amount < 1000 else short(round(amount))
