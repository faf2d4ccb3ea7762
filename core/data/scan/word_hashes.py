"""Hashes the words of a block by eight of their bytes at a time, and its turns as a whole.

A word is what `core.data.near.words` calls one. Most have at most eight bytes, so one number read
from where the word begins, less what stands behind it, is all of it: the work is by words, where
sums over bytes would take a number for every byte.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh64_intdigest

from core.data.marks import SEPARATES, Marks, marks_of
from core.data.near.shingles import Hashes, Places, TurnHashes
from core.data.near.signatures import BINS, Signatures, signatures_of_turns
from core.data.near.words import LONE, TURN, prepared

_ODD: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX: Final = np.uint64(0xFF51AFD7ED558CCD)
_HALF: Final = np.uint64(32)
_STEP: Final = 8
_LONGEST: Final = 64
"""Bytes of a word that are read in steps; few words are longer, and those are hashed one by one."""
_FIRST_BYTES: Final = np.array([(1 << 8 * size) - 1 for size in range(_STEP + 1)], np.uint64)
_PADDING: Final = bytes(_STEP)
_TEXTS_AT_ONCE: Final = 256


def turn_hashes(text: bytes, marks: Marks) -> TurnHashes:
    """Return the hashes of turns that each end with a NUL; ASCII letters are in lower case."""
    first, sizes = _words(marks)
    turns = text.split(TURN)[:-1]
    return TurnHashes(
        turns=hashes_of(turns, len(turns)),
        words=_hashed(text, first, sizes),
        firsts=np.searchsorted(first, np.concatenate(([0], marks.ends()))),
        began=first,
    )


def hashes_of(parts: Iterable[bytes | memoryview], count: int) -> Hashes:
    """Return a hash of all bytes of each of so many parts."""
    return np.fromiter(map(xxh64_intdigest, parts), np.uint64, count)


def signatures_of_texts(texts: Sequence[str]) -> Signatures:
    """Return one signature a text, as a block has them of its rows."""
    kept = np.empty((len(texts), BINS), np.uint32)
    for begin in range(0, len(texts), _TEXTS_AT_ONCE):
        some = [prepared(text) for text in texts[begin : begin + _TEXTS_AT_ONCE]]
        kept[begin : begin + len(some)] = _signed(some)
    return kept


def _signed(texts: list[bytes]) -> Signatures:
    """Return the signatures of some prepared texts."""
    joined = b"".join([LONE.sub(rb" \g<0> ", text) + TURN for text in texts]).lower()
    turns = np.fromiter((text.count(TURN) + 1 for text in texts), np.int64, len(texts))
    hashes = turn_hashes(joined, marks_of(joined))
    silent = np.zeros(len(hashes.turns), np.bool_)
    return signatures_of_turns(hashes, np.concatenate(([0], np.cumsum(turns))), silent)


def _words(marks: Marks) -> tuple[Places, Places]:
    """Return where each word of turns that end with a NUL begins, and how long it is."""
    ends = marks.places_of(SEPARATES)
    begins = np.empty_like(ends)
    begins[:1] = 0
    np.add(ends[:-1], 1, out=begins[1:])
    sizes = ends - begins
    some = np.flatnonzero(sizes > 0)  # twice as fast as to choose by what is true, here as below
    return begins.take(some), sizes.take(some)


def _hashed(text: bytes, first: Places, sizes: Places) -> Hashes:
    """Return the hash of each word."""
    numbers: NDArray[np.uint64] = np.ndarray(
        (len(text) + 1,), np.dtype("<u8"), text + _PADDING, strides=(1,)
    )
    hashes = numbers.take(first)
    hashes &= _FIRST_BYTES.take(sizes, mode="clip")
    longer = np.flatnonzero(sizes > _STEP)
    for done in range(_STEP, _LONGEST, _STEP):
        if not len(longer):
            break
        more = numbers[first[longer] + done]
        more &= _FIRST_BYTES.take(sizes[longer] - done, mode="clip")
        so_far = hashes[longer] * _MIX
        hashes[longer] = (so_far ^ (so_far >> _HALF)) + more
        longer = longer[sizes[longer] > done + _STEP]
    if len(longer):
        ends = first[longer] + sizes[longer]
        hashes[longer] = hashes_of(
            [text[a:b] for a, b in zip(first[longer].tolist(), ends.tolist(), strict=True)],
            len(longer),
        )
    hashes *= _ODD
    return hashes
