"""Gives every row a short signature; the share of equal places estimates how alike two rows are.

One-permutation hashing: a shingle's top bits name one of K bins, the smallest of its other bits
is kept, and an empty bin borrows from the next filled one.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.data.kernel.library import loaded
from core.data.near.shingles import (
    Hashes,
    Places,
    TurnHashes,
    base_of_runs,
    hashed_words,
    turn_runs,
    word_runs,
)

BINS = 64
"""Places in a signature."""
EMPTY = np.uint32(0xFFFFFFFF)
"""Stands in every place of a row without words, which is like no other."""

Signatures = NDArray[np.uint32]


class SignatureRows(Protocol):
    """Signatures, in memory or on disk, one a row."""

    def __len__(self) -> int:
        """Return how many there are."""

    def __getitem__(self, rows: Places | slice, /) -> Signatures:
        """Return some of them."""


def signatures(text: bytes, starts: Places, ends: Places, *, key: bytes = b"") -> Signatures:
    """Return one signature a row, (rows, 64); rows are prepared bytes with a border between two.

    A block of a few hundred rows is fastest; any size is right.
    """
    rows = len(starts)
    if not rows:
        return np.empty((0, BINS), np.uint32)
    if (kernel := loaded()) is not None:
        hashed = hashed_words(text, starts, ends, key=key)
        aloud = np.zeros(len(hashed.firsts), np.bool_)
        return kernel.signatures(hashed.words, hashed.firsts, hashed.row_turns, aloud, hashed.base)
    runs = word_runs(text, starts, ends, key=key)
    return _least(runs.values, runs.nothing, np.diff(runs.row_starts))


def signatures_of_turns(
    hashes: TurnHashes, firsts: Places, silent: NDArray[np.bool_]
) -> Signatures:
    """Return one signature a row of turns that are hashed already.

    `firsts` are the turns that rows begin with, and one more for the end; turns that are
    `silent` count as if they were not there.
    """
    if len(firsts) < 2:
        return np.empty((0, BINS), np.uint32)
    if (kernel := loaded()) is not None:
        return kernel.signatures(hashes.words, hashes.firsts, firsts, silent, base_of_runs())
    values, nothing = turn_runs(hashes)
    unsaid = np.flatnonzero(np.repeat(silent, np.diff(hashes.firsts)))
    return _least(values, np.concatenate((nothing, unsaid)), np.diff(hashes.firsts[firsts]))


def _least(values: Hashes, nothing: Places, counts: Places) -> Signatures:
    """Return the least hash in each bin of each row, which has so many of the values."""
    rows = len(counts)
    places = np.repeat(np.arange(rows, dtype=np.uint64) * np.uint64(BINS), counts)
    places |= values >> np.uint64(58)
    places[nothing] = rows * BINS
    kept = np.full(rows * BINS + 1, EMPTY, np.uint32)
    np.minimum.at(kept, places.view(np.int64), values.astype(np.uint32))
    return densified(kept[:-1].reshape(rows, BINS))


def densified(kept: Signatures) -> Signatures:
    """Fill every empty place with the next filled one of its row, around the end; return it."""
    flat = kept.reshape(-1)
    empty = np.flatnonzero(flat == EMPTY)
    step = 1
    while step < BINS and len(empty):
        # After each round a place knows the first filled one among twice as many.
        found = flat[(empty & -BINS) | ((empty + step) & (BINS - 1))]
        flat[empty] = found
        empty = empty[found == EMPTY]
        step *= 2
    return kept
