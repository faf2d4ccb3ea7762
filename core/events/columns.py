"""The columns of a chart: each keeps the extremes and the marks of the points that fall into it."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple


class Column(NamedTuple):
    """What one column of a chart shows."""

    min: float | None
    """None when no finite point falls here."""
    max: float | None
    last: float | None
    has_nan: bool
    """Whether a point here was NaN or infinite."""
    gap: bool
    """Whether the line must not join this column's first point to the one before."""
    resumed: bool
    """Whether a later attempt goes on from here."""


EMPTY = Column(None, None, None, has_nan=False, gap=False, resumed=False)


def edges_of(width: int, x_min: float, x_max: float) -> list[float]:
    """Return the borders of the columns."""
    span = max(x_max - x_min, 1e-9)
    return [x_min + span * column / width for column in range(width)] + [max(x_max, x_min)]


def slices(xs: Sequence[float], edges: Sequence[float]) -> list[tuple[int, int]]:
    """Return from which to before which of the sorted points each column holds."""
    starts = [bisect_left(xs, edge) for edge in edges[:-1]]
    starts.append(bisect_right(xs, edges[-1]))
    return list(pairwise(starts))


def column_of(x: float, edges: Sequence[float]) -> int | None:
    """Return the column of an x, None outside."""
    if not edges[0] <= x <= edges[-1]:
        return None
    return min(bisect_right(edges, x) - 1, len(edges) - 2)


def mark(
    drawn: list[Column],
    column: int | None,
    *,
    has_nan: bool = False,
    gap: bool = False,
    resumed: bool = False,
) -> None:
    """Add marks to a column."""
    if column is None:
        return
    was = drawn[column]
    drawn[column] = was._replace(
        has_nan=was.has_nan or has_nan, gap=was.gap or gap, resumed=was.resumed or resumed
    )
