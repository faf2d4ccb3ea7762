"""Measures candidates exactly, a few rows at a time, so that memory stays flat."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from core.data.near.pairs import Pair
from core.data.near.shingles import Hashes, Places, block_of, shingles
from core.data.near.words import NEAR

Fetch = Callable[[Sequence[int]], Sequence[bytes]]
"""Gives the prepared texts of these rows, in this order."""

_AT_ONCE = 256
"""Pairs in a lot: as many as eight bits can number."""


class Overlap(NamedTuple):
    """How the shingles of each of some pairs of texts overlap."""

    shared: Places
    """Distinct shingles that stand in both."""
    every: Places
    """Distinct shingles of both together."""


def verify(pairs: Places, fetch: Fetch, *, least: float = NEAR) -> list[Pair]:
    """Return the pairs that are at least this alike, with their Jaccard similarity."""
    kept: list[Pair] = []
    for begin in range(0, len(pairs), _AT_ONCE):
        lot = pairs[begin : begin + _AT_ONCE]
        rows = sorted(set(lot.reshape(-1).tolist()))
        texts = dict(zip(rows, fetch(rows), strict=True))
        overlap = overlaps([texts[row] for row in lot.reshape(-1).tolist()])
        alike = overlap.shared / np.maximum(overlap.every, 1)
        near = np.flatnonzero((alike >= least) & (overlap.shared > 0))
        kept.extend(
            Pair(left, right, similarity)
            for (left, right), similarity in zip(
                lot[near].tolist(), alike[near].tolist(), strict=True
            )
        )
    return kept


def overlaps(texts: list[bytes]) -> Overlap:
    """Return the overlaps of the first text with the second, the third with the fourth, ...

    Takes up to 256 pairs, and 55 bits of each shingle's hash: two different shingles of one pair
    of thousand-word texts are taken for equal with a chance below 10^-10.
    """
    found = shingles(*block_of(texts))
    sides = np.arange(len(texts), dtype=np.uint64)
    marks = ((sides >> np.uint64(1)) << np.uint64(56)) | (sides & np.uint64(1))
    keys = np.repeat(marks, np.diff(found.row_starts))
    keys |= (found.values >> np.uint64(9)) << np.uint64(1)
    keys.sort()
    pair_starts = np.searchsorted(keys, marks[0::2]).tolist()
    borders = [*pair_starts, len(keys)]
    said = _changes_before(keys)[borders]
    every = _changes_before(keys >> np.uint64(1))[borders]
    return Overlap(np.diff(said) - np.diff(every), np.diff(every))


def _changes_before(keys: Hashes) -> Places:
    """Return how many distinct sorted keys stand before each place, and before the end."""
    changes = np.zeros(len(keys) + 1, np.int64)
    changes[1:2] = 1
    changes[2:] = keys[1:] != keys[:-1]
    return np.cumsum(changes)
