"""Finds near-duplicates among many texts by signatures, and measures them exactly."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from core.data.near.candidates import candidates
from core.data.near.pairs import Pair
from core.data.near.shingles import block_of_texts
from core.data.near.signatures import BINS, Signatures, signatures
from core.data.near.verify import verify
from core.data.near.words import prepared

BLOCK_ROWS = 256
BLOCK_CHARACTERS = 1 << 18
"""A block ends at either, so that its sums stay in the processor's cache."""


def blocks(texts: Iterable[str]) -> Iterator[list[str]]:
    """Yield texts in lots that hash fastest."""
    lot: list[str] = []
    size = 0
    for text in texts:
        lot.append(text)
        size += len(text)
        if len(lot) == BLOCK_ROWS or size >= BLOCK_CHARACTERS:
            yield lot
            lot, size = [], 0
    if lot:
        yield lot


def signatures_of(texts: Iterable[str], count: int, *, key: bytes = b"") -> Signatures:
    """Return the signatures of this many texts."""
    kept = np.empty((count, BINS), np.uint32)
    done = 0
    for lot in blocks(texts):
        kept[done : done + len(lot)] = signatures(*block_of_texts(lot), key=key)
        done += len(lot)
    return kept


def pairs_of_many(texts: Sequence[str], *, least: float) -> list[Pair]:
    """Return the near pairs as `near_pairs` words it."""
    pairs = candidates(signatures_of(texts, len(texts)))
    return verify(pairs, lambda rows: [prepared(texts[row]) for row in rows], least=least)
