"""Measures candidates exactly: every row is hashed once, and pairs are compared in lots."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data.near.pairs import Pair
from core.data.near.shingles import Places, block_of, shingles
from core.data.near.words import NEAR
from core.data.run_file import RunFile
from core.data.run_hashes import Runs, distinct, shared

Fetch = Callable[[Sequence[int]], Sequence[bytes]]
"""Gives the prepared texts of these rows, in this order."""

_ROWS_AT_ONCE = 256
_PAIRS_AT_ONCE = 256
"""No more than a lot of runs may have texts."""
_ROUNDING = 1e-9


class Measured(NamedTuple):
    """Pairs of rows and their Jaccard similarity."""

    left: Places
    right: Places
    similarity: NDArray[np.float64]


def verify(pairs: Places, fetch: Fetch, *, least: float = NEAR) -> list[Pair]:
    """Return the pairs that are at least this alike, with their Jaccard similarity."""
    columns = (column.tolist() for column in measure(pairs, fetch, least=least))
    return list(map(Pair, *columns))


def measure(pairs: Places, fetch: Fetch, *, least: float = NEAR) -> Measured:
    """Return the same in columns, which hold many pairs in little memory."""
    rows = np.unique(pairs)
    said = RunFile.of(_lots(rows, fetch))
    kept: list[Measured] = []
    for begin in range(0, len(pairs), _PAIRS_AT_ONCE):
        some = pairs[begin : begin + _PAIRS_AT_ONCE]
        sides = np.searchsorted(rows, some)
        sizes = said.sizes[sides]
        # Two rows are never more alike than the shorter is long, measured by the longer.
        possible = sizes.min(axis=1) >= np.maximum(least * sizes.max(axis=1) - _ROUNDING, 1)
        some, sides, sizes = some[possible], sides[possible], sizes[possible]
        left, right = (said.runs(sides[:, side]) for side in (0, 1))
        both = shared(left, right, np.arange(len(some)))
        alike = both / (sizes.sum(axis=1) - both)
        near = alike >= least
        kept.append(Measured(some[near, 0], some[near, 1], alike[near]))
    nothing = Measured(pairs[:0, 0], pairs[:0, 1], np.empty(0))
    return Measured(*map(np.concatenate, zip(nothing, *kept, strict=True)))


def _lots(rows: Places, fetch: Fetch) -> Iterator[Runs]:
    """Yield the shingles of the rows."""
    for begin in range(0, len(rows), _ROWS_AT_ONCE):
        yield shingle_runs(list(fetch(rows[begin : begin + _ROWS_AT_ONCE].tolist())))


def shingle_runs(texts: list[bytes]) -> Runs:
    """Return the different shingles of a lot of prepared texts.

    Of each hash 55 bits: two different shingles of one pair of thousand-word texts are taken for
    equal with a chance below 10^-10.
    """
    found = shingles(*block_of(texts))
    owners = np.repeat(np.arange(len(texts)), np.diff(found.row_starts))
    return distinct(found.values, owners, len(texts))
