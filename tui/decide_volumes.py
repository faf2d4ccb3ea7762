"""The break-even as a table of text: what both cost at each volume, and which costs less."""

from collections.abc import Iterator

from core.decide.break_even import BreakEven, Cheaper
from core.decide.money import rounded
from core.decide.volumes import volume_rows

_COLUMNS = (14, 22, 22)
_CHEAPER: dict[Cheaper, str] = {"hosted": "hosting", "machine": "machine", "either": "depends"}


def table_lines(meets: BreakEven, asked: float | None) -> Iterator[str]:
    """Yield the titles and a row a volume, each within 79 cells but for huge sums."""
    titles = ("requests a day", "hosted a month", "machine a month")
    yield _row(titles, "cheaper")
    for row in volume_rows(meets, asked):
        point = row.point
        cells = (
            f"{point.requests_per_day:,}",
            rounded(point.hosted_low, point.hosted_high),
            rounded(point.own_low, point.own_high),
        )
        yield _row(cells, _CHEAPER[row.cheaper])
        if row.mark:
            yield f"{'':{_COLUMNS[0]}}  ^ {row.mark}"


def volume_words(meets: BreakEven, asked: float | None) -> str:
    """Return what both cost at the person's volume, and which costs less there."""
    if asked is None:
        return "Your volume is not known: answer how many requests a day you expect."
    (point,) = meets.curve([int(asked)])
    hosted = rounded(point.hosted_low, point.hosted_high)
    own = rounded(point.own_low, point.own_high)
    less = {
        "hosted": "hosting costs less",
        "machine": "the machine costs less",
        "either": "it depends on where in the ranges you are",
    }[meets.cheaper(int(asked))]
    told = f"{hosted} a month hosted, {own} on own machines: {less}."
    return f"{int(asked):,} requests a day: {meets.currency} {told}"


def _row(cells: tuple[str, ...], cheaper: str) -> str:
    """Return cells right-aligned in their columns."""
    sized = zip(cells, _COLUMNS, strict=True)
    return "  ".join([*(f"{cell:>{width}}" for cell, width in sized), cheaper])
