"""Measures candidates exactly: every row is hashed once, and pairs are compared in lots."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from core.data.near.pairs import Pair
from core.data.near.shingles import Places, block_of, shingles
from core.data.near.words import NEAR
from core.data.run_file import RunFile
from core.data.run_hashes import Runs, distinct, shared

Fetch = Callable[[Sequence[int]], Sequence[bytes]]
"""Gives the prepared texts of these rows, in this order."""

_ROWS_AT_ONCE = 256
_PAIRS_AT_ONCE = 512
"""As many as a lot of runs may have texts."""
_ROUNDING = 1e-9


def verify(pairs: Places, fetch: Fetch, *, least: float = NEAR) -> list[Pair]:
    """Return the pairs that are at least this alike, with their Jaccard similarity."""
    rows = np.unique(pairs)
    said = RunFile.of(_lots(rows, fetch))
    sides = np.searchsorted(rows, pairs)
    sizes = said.sizes[sides]
    # Two rows are never more alike than the shorter is long, measured by the longer.
    possible = sizes.min(axis=1) >= np.maximum(least * sizes.max(axis=1) - _ROUNDING, 1)
    pairs, sides, sizes = pairs[possible], sides[possible], sizes[possible]
    kept: list[Pair] = []
    for begin in range(0, len(pairs), _PAIRS_AT_ONCE):
        lot = slice(begin, begin + _PAIRS_AT_ONCE)
        left, right = (said.runs(sides[lot, side]) for side in (0, 1))
        both = shared(left, right, np.arange(len(pairs[lot])))
        alike = both / (sizes[lot].sum(axis=1) - both)
        near = alike >= least
        kept.extend(map(Pair, *pairs[lot][near].T.tolist(), alike[near].tolist()))
    return kept


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
