"""Finds the largest similarity between two large sides, in memory that does not grow with them."""

from collections.abc import Iterator, Sequence
from math import floor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data.near.many import blocks
from core.data.near.shingles import Hashes, Places, block_of, shingles

_INDEXED = 1 << 21
"""Shingles held at a time, at about 40 bytes each."""
_COMPARED = 1 << 20
"""Shingles of candidates counted at a time."""
_SLOTS = np.uint64(64 - 22)


class _Index(NamedTuple):
    """The shingles of some texts, each text's distinct, texts in order of how many they have."""

    values: Hashes
    """Every distinct shingle, in order."""
    likely: NDArray[np.bool_]
    """Whether any shingle begins with these bits: answers most lookups without a search."""
    holders: Places
    """Texts that hold each shingle, shingle after shingle."""
    holder_starts: Places
    """Where each shingle begins in `holders`, and one more for the end."""
    held: Places
    """Places in `values` of each text's shingles, text after text."""
    held_starts: Places
    """Where each text begins in `held`, and one more for the end."""


def highest_of_many(left: Sequence[str], right: Sequence[str]) -> float:
    """Return the largest Jaccard similarity across, by passes over the larger side."""
    small, large = sorted((left, right), key=lambda side: sum(map(len, side)))
    best = 0.0
    for index in _indexes(small):
        for lot in blocks(large):
            best = _best_of_block(index, *_distinct(lot), best)
    return best


def _distinct(lot: list[bytes]) -> tuple[Hashes, Places]:
    """Return the distinct shingles of each text, and where each begins."""
    found = shingles(*block_of(lot))
    rows = np.repeat(np.arange(len(lot)), np.diff(found.row_starts))
    order = np.lexsort((found.values, rows))
    values, rows = found.values[order], rows[order]
    kept = np.ones(len(values), np.bool_)
    kept[1:] = (values[1:] != values[:-1]) | (rows[1:] != rows[:-1])
    return values[kept], _starts(rows[kept], len(lot))


def _starts(sorted_places: Places, count: int) -> Places:
    """Return where each of this many places begins in a sorted list of them, and the end."""
    return np.searchsorted(sorted_places, np.arange(count + 1)).astype(np.int64)


def _indexes(texts: Sequence[str]) -> Iterator[_Index]:
    """Yield an index over so many texts at a time as may be held."""
    parts: list[Hashes] = []
    sizes: list[Places] = []
    for lot in blocks(texts):
        values, starts = _distinct(lot)
        parts.append(values)
        sizes.append(np.diff(starts))
        if sum(map(len, parts)) >= _INDEXED:
            yield _index(np.concatenate(parts), np.concatenate(sizes))
            parts, sizes = [], []
    if parts:
        yield _index(np.concatenate(parts), np.concatenate(sizes))


def _index(shingles_of_texts: Hashes, sizes: Places) -> _Index:
    """Return the index over texts given by their shingles and their numbers of them."""
    rank = np.empty(len(sizes), np.int64)
    rank[np.argsort(sizes, kind="stable")] = np.arange(len(sizes))
    texts = np.repeat(rank, sizes)
    order = np.argsort(shingles_of_texts, kind="stable")
    values = shingles_of_texts[order]
    first = np.ones(len(values), np.bool_)
    first[1:] = values[1:] != values[:-1]
    held = np.empty(len(values), np.int64)
    held[order] = np.cumsum(first) - 1
    values = values[first]
    by_shingle = np.lexsort((texts, held))
    by_text = np.argsort(texts, kind="stable")
    likely = np.zeros(1 << 22, np.bool_)
    likely[values >> _SLOTS] = True
    return _Index(
        values=values,
        likely=likely,
        holders=texts[by_shingle],
        holder_starts=_starts(held[by_shingle], len(values)),
        held=held[by_text],
        held_starts=_starts(texts[by_text], len(sizes)),
    )


def _best_of_block(index: _Index, values: Hashes, starts: Places, best: float) -> float:
    """Return the best similarity after these texts too."""
    if not len(index.values) or not len(values):
        return best
    known = np.flatnonzero(index.likely[values >> _SLOTS])
    at = np.searchsorted(index.values, values[known])
    at[at == len(index.values)] = 0
    same = index.values[at] == values[known]
    known, at = known[same], at[same]
    first = np.searchsorted(known, starts)
    sizes = np.diff(starts)
    # Whatever it is compared with, a text shares no more than what the index knows of it.
    most = np.diff(first) / np.maximum(sizes, 1)
    for row in np.argsort(-most, kind="stable").tolist():
        if most[row] <= best:
            break
        best = _best_of_text(index, at[first[row] : first[row + 1]], int(sizes[row]), best)
    return best


def _best_of_text(index: _Index, own: Places, size: int, best: float) -> float:
    """Return the best similarity after a text with these known shingles of all its shingles."""
    spread = index.holder_starts[own + 1] - index.holder_starts[own]
    own = own[np.argsort(spread, kind="stable")]
    # To beat the best, more than best * size must be shared, so one of the rarest few is.
    telling = own[: len(own) - floor(best * size)]
    met = np.unique(
        np.concatenate(
            [index.holders[index.holder_starts[s] : index.holder_starts[s + 1]] for s in telling]
            or [np.empty(0, np.int64)]
        )
    )
    sizes = index.held_starts[met + 1] - index.held_starts[met]
    bound = np.minimum(sizes, len(own))
    met = met[bound / (size + sizes - bound) > best]
    mine = np.zeros(len(index.values), np.bool_)
    mine[own] = True
    while len(met):
        sizes = index.held_starts[met + 1] - index.held_starts[met]
        lot = max(int(np.searchsorted(np.cumsum(sizes), _COMPARED)), 1)
        sizes = sizes[:lot]
        begins = np.concatenate(([0], np.cumsum(sizes)[:-1]))
        places = np.arange(sizes.sum()) + np.repeat(index.held_starts[met[:lot]] - begins, sizes)
        shared = np.add.reduceat(mine[index.held[places]], begins, dtype=np.int64)
        best = max(best, float((shared / (size + sizes - shared)).max()))
        met = met[lot:]
    return best
