"""How long rows are, and what a limit would cut off: bins to draw, and figures that follow."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data.scan.columns import Columns
from core.data.tokens import least_tokens, most_tokens

SHORTEST_LIMIT: Final = 16
LONGEST_LIMIT: Final = 1 << 24


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lengths:
    """The tokens of every row: counted, or what they are between."""

    least: NDArray[np.int64]
    """Fewest tokens by any likely count, ascending; the counts themselves where they are exact."""
    most: NDArray[np.int64]
    """Most tokens, ascending: no row has more tokens than bytes and marks of turns."""
    exact: bool
    """Whether a tokenizer counted."""
    trained_from: NDArray[np.int64] | None = None
    """At each place of a row, from 0: trained tokens of all rows there or later; None: unknown."""

    @property
    def rows(self) -> int:
        """Return how many rows there are."""
        return len(self.most)

    @property
    def longest(self) -> int:
        """Return the most tokens of the longest row, 0 without rows."""
        return int(self.most[-1]) if len(self.most) else 0

    @property
    def total(self) -> int:
        """Return the most tokens of all rows together."""
        return int(self.most.sum())


class Bin(NamedTuple):
    """Rows of about the same length."""

    low: int
    """Fewer tokens than any of them has; -1 for the first bin."""
    high: int
    """Most tokens that any of them may have."""
    rows: int


class AtLimit(NamedTuple):
    """What a limit does to the rows, each of which is cut at its end."""

    limit: int
    fits: int
    """Rows that fit for sure."""
    unproven: int
    """Rows that only a count can tell of; 0 where the counts are exact."""
    longer: int
    """Rows that are longer."""
    cut: int
    """Tokens that are cut off, at most."""
    trained_cut: int | None
    """Tokens among them that would carry loss; None where nobody counted."""


def bounded(columns: Columns) -> Lengths:
    """Return what the bytes of the rows prove about their tokens."""
    return Lengths(
        least=np.sort(least_tokens(columns.size)),
        most=np.sort(most_tokens(columns.size, columns.turns)),
        exact=False,
    )


def counted(tokens: NDArray[np.int64], trained_at: NDArray[np.int64]) -> Lengths:
    """Return exact lengths; `trained_at` has, for each place, how many rows carry loss there."""
    ordered = np.sort(tokens)
    trained = np.concatenate((np.cumsum(trained_at[::-1])[::-1], [0]))
    return Lengths(least=ordered, most=ordered, exact=True, trained_from=trained)


def at_limit(lengths: Lengths, limit: int) -> AtLimit:
    """Return what a limit does."""
    fits = int(np.searchsorted(lengths.most, limit, side="right"))
    longer = lengths.rows - int(np.searchsorted(lengths.least, limit, side="right"))
    over = lengths.most[fits:]
    trained = lengths.trained_from
    return AtLimit(
        limit=limit,
        fits=fits,
        unproven=lengths.rows - fits - longer,
        longer=longer,
        cut=int(over.sum()) - limit * len(over),
        trained_cut=None if trained is None else int(trained[min(limit, len(trained) - 1)]),
    )


def bins(lengths: Lengths, *, limit: int, most: int) -> tuple[Bin, ...]:
    """Return the rows in bins of growing width, `most` at most; the limit lies on a border.

    Where there are too many, the first bin takes all that is shorter.
    """
    first = int(lengths.most[0]) if lengths.rows else limit
    borders = _borders(min(first, limit), max(lengths.longest, limit))[-max(most, 1) :]
    below = np.searchsorted(lengths.most, borders, side="right")
    lows, before = [-1, *borders], np.concatenate(([0], below))
    return tuple(
        Bin(lows[at], high, int(below[at] - before[at])) for at, high in enumerate(borders)
    )


def stepped(limit: int, steps: int) -> int:
    """Return the limit so many borders of bins further up, or down; the ends hold."""
    borders = _borders(SHORTEST_LIMIT, LONGEST_LIMIT)
    at = int(np.searchsorted(borders, limit))
    return borders[max(0, min(at + steps, len(borders) - 1))]


def _borders(low: int, high: int) -> list[int]:
    """Return 16, 24, 32, 48 and so on, from the first that takes `low` to one that takes `high`."""
    found: list[int] = []
    border = SHORTEST_LIMIT
    while not found or found[-1] < high:
        for one in (border, border * 3 // 2):
            if one >= low and (not found or found[-1] < high):
                found.append(one)
        border *= 2
    return found
