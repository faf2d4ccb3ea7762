"""Turns a block of rows into hashes of their shingles, without a Python step per word.

Prefix sums of `byte * B^place` (mod 2^64, B odd and therefore invertible) give the hash of every
word by one subtraction; the same sums over words give every shingle. The work is cut into pieces
that stay in the processor's cache.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data.near.words import GAP, LONE, TABLE, TURN, WORDS, prepared

Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]

_PIECE = 1 << 16
"""Bytes hashed at a time: their sums and powers fill a usual second-level cache."""
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_KEPT_POWERS = 1 << 17
_FIRST_LONE = 0xE0


class Shingles(NamedTuple):
    """The shingles of a block of rows."""

    values: Hashes
    """64-bit hash of every shingle, row after row; a shingle said twice stands there twice."""
    row_starts: Places
    """Where each row begins in `values`, and one more for the end."""


class Block(NamedTuple):
    """Rows put behind each other, with a border between any two."""

    text: bytes
    """All rows, a border byte between two."""
    starts: Places
    """Where each row begins."""
    ends: Places
    """Where each row ends, its border byte left out."""


class TurnHashes(NamedTuple):
    """A text of turns, hashed once for all that compares its turns or its words."""

    turns: Hashes
    """Of all bytes of each turn."""
    words: Hashes
    """Of each word."""
    firsts: Places
    """The word that each turn begins with, and one more for the end."""
    began: Places
    """The byte that each word begins with."""


class WordRuns(NamedTuple):
    """One hash for every word of a block, of the shingle that begins there."""

    values: Hashes
    nothing: Places
    """Places in `values` where no shingle begins."""
    row_starts: Places
    """Where each row begins in `values`, and one more for the end."""


def block_of(rows: list[bytes]) -> Block:
    """Return prepared rows as one block."""
    return _block(TURN.join(rows), map(len, rows), len(rows))


def block_of_texts(texts: Sequence[str]) -> Block:
    """Return texts as one block of prepared rows."""
    joined = TURN.decode().join(texts)
    if not joined.isascii():
        return block_of([prepared(text) for text in texts])
    return _block(joined.encode(), map(len, texts), len(texts))


def _block(text: bytes, lengths: Iterable[int], rows: int) -> Block:
    """Return the block of rows of these lengths."""
    sizes = np.fromiter(lengths, np.int64, rows)
    ends = np.cumsum(sizes + 1) - 1
    return Block(text, ends - sizes, ends)


def shingles(text: bytes, starts: Places, ends: Places, *, key: bytes = b"") -> Shingles:
    """Return the shingle hashes of the rows between these borders, equal under an equal key."""
    runs = word_runs(text, starts, ends, key=key)
    kept = np.ones(len(runs.values), np.bool_)
    kept[runs.nothing] = False
    before = np.concatenate(([0], np.cumsum(kept)))
    return Shingles(runs.values[kept], before[runs.row_starts])


def word_runs(text: bytes, starts: Places, ends: Places, *, key: bytes) -> WordRuns:
    """Return for every word the hash of the shingle that it begins, or that it begins none."""
    if len(starts) > 1 and not (starts[1:] > ends[:-1]).all():
        raise ValueError("rows of a block stand in order with a border byte between two")
    plain = text.translate(TABLE)
    borders = np.concatenate((starts, ends[-1:]))
    if not plain.isascii() and np.frombuffer(plain, np.uint8).max() >= _FIRST_LONE:
        plain, borders = _apart(plain, borders)
    secret = _secret(key)
    words, began = _words(plain, secret[0])
    turns = np.flatnonzero(np.frombuffer(plain, np.uint8) == TURN[0])
    firsts = np.searchsorted(began, np.concatenate(([0], turns, [len(plain)])))
    values, nothing = _runs(words, firsts.astype(np.int64), secret[1])
    return WordRuns(values, nothing, np.searchsorted(began, borders).astype(np.int64))


def turn_runs(hashes: TurnHashes) -> tuple[Hashes, Places]:
    """Return for every word the hash of its shingle, and the words that begin none."""
    return _runs(hashes.words, hashes.firsts, _secret(b"")[1])


def _apart(plain: bytes, borders: Places) -> tuple[bytes, Places]:
    """Return the text with gaps around characters that are words, and where its rows now begin."""
    found = np.fromiter((hit.start() for hit in LONE.finditer(plain)), np.int64)
    gaps = np.concatenate((found, found + 3))
    text = np.insert(np.frombuffer(plain, np.uint8), gaps, GAP)
    gaps.sort()
    return text.tobytes(), borders + np.searchsorted(gaps, borders)


@lru_cache(maxsize=8)
def _secret(key: bytes) -> tuple[int, int]:
    """Return the two odd bases that a key stands for."""
    drawn = hashlib.blake2b(key=key, digest_size=16, person=b"tf:near:1").digest()
    return (
        int.from_bytes(drawn[:8], "little") | 1,
        int.from_bytes(drawn[8:], "little") | 1,
    )


def _powers(base: int, length: int) -> tuple[Hashes, Hashes]:
    """Return the powers of a base and those of its inverse, at least this many."""
    if length <= _KEPT_POWERS:
        return _kept_powers(base)
    return _raised(base, length), _raised(pow(base, -1, 1 << 64), length)


@lru_cache(maxsize=8)
def _kept_powers(base: int) -> tuple[Hashes, Hashes]:
    """Return as many powers as usual blocks need."""
    return _raised(base, _KEPT_POWERS), _raised(pow(base, -1, 1 << 64), _KEPT_POWERS)


def _raised(base: int, length: int) -> Hashes:
    """Return base^0, base^1, ... mod 2^64."""
    powers = np.full(length, base, np.uint64)
    powers[0] = 1
    # A second array, so that this one is freed: glibc then serves arrays of its size from the heap
    # instead of mapping and faulting them anew for every block, a third of all time.
    return np.multiply.accumulate(powers)


def _pieces(plain: bytes) -> Iterator[tuple[int, int]]:
    """Yield borders that cut the text between words, near the size that suits the cache."""
    begin = 0
    while len(plain) - begin > _PIECE:
        end = max(plain.rfind(b" ", begin, begin + _PIECE), begin)
        if end == begin:
            end = plain.find(b" ", begin + _PIECE)
            if end < 0:
                break
        yield begin, end
        begin = end
    yield begin, len(plain)


def _words(plain: bytes, base: int) -> tuple[Hashes, Places]:
    """Return the hash of every word of a text without separators, and where it begins."""
    most = len(plain) // 2 + 1
    hashes, began, count = np.empty(most, np.uint64), np.empty(most, np.int64), 0
    pieces = list(_pieces(plain))
    longest = max(end - begin for begin, end in pieces)
    powers, inverses = _powers(base, longest + 1)
    room = np.zeros(longest + 1, np.uint64)
    codes = np.frombuffer(plain, np.uint8)
    for begin, end in pieces:
        size = end - begin
        sums = room[: size + 1]
        after = sums[1:]
        after[:] = codes[begin:end]
        np.multiply(after, powers[1 : size + 1], out=after)
        np.add.accumulate(after, out=after)
        inside = np.zeros(size + 2, np.bool_)
        np.greater(codes[begin:end], GAP, out=inside[1:-1])
        edges = np.flatnonzero(inside[1:] != inside[:-1])
        first = edges[0::2]
        at_edges = sums.take(edges)
        found = hashes[count : count + len(first)]
        np.subtract(at_edges[1::2], at_edges[0::2], out=found)
        np.multiply(found, inverses.take(first), out=found)
        np.add(first, begin, out=began[count : count + len(first)])
        count += len(first)
    return hashes[:count], began[:count]


def _runs(words: Hashes, firsts: Places, base: int) -> tuple[Hashes, Places]:
    """Return the hash of the shingle at every word, and the words that begin none.

    `firsts` are the words that turns begin with, and one more for the end.
    """
    count = len(words)
    powers, inverses = _powers(base, count + 1)
    sums = np.zeros(count + 1, np.uint64)
    np.multiply(words, powers[:count], out=sums[1:])
    np.add.accumulate(sums, out=sums)
    values = np.zeros(count, np.uint64)
    if count >= WORDS:
        np.subtract(sums[WORDS:], sums[:-WORDS], out=values[: count - WORDS + 1])
    first, end = firsts[:-1], firsts[1:]
    short = (end > first) & (end < first + WORDS)
    values[first[short]] = sums[end[short]] - sums[first[short]]
    values *= inverses[:count]
    values ^= values >> np.uint64(32)
    values *= _MIX
    values ^= values >> np.uint64(29)
    late = [(end - back)[end - back > first] for back in range(1, WORDS)]
    return values, np.concatenate(late)
