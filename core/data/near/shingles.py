"""Turns a block of rows into hashes of their shingles, without a Python step per word.

Prefix sums of `byte * B^place` (mod 2^64, B odd and therefore invertible) give the hash of every
word by one subtraction; the same sums over words give every shingle. The work is cut into pieces
that stay in the processor's cache.
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data.kernel.library import loaded
from core.data.near.words import GAP, LONE, TABLE, TURN, WORDS, prepared

Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]

_PIECE = 1 << 16
"""Bytes hashed at a time: their sums and powers fill a usual second-level cache."""
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_KEPT_POWERS = 1 << 17
_HEAP = 1 << 24
_FIRST_LONE = 0xE0
_SPOKEN = bytes(0 if byte <= GAP else byte for byte in TABLE)
"""What each byte adds to a sum: nothing where it only separates."""
_BETWEEN = b"\0"


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


class HashedWords(NamedTuple):
    """The words of some rows, turn by turn."""

    words: Hashes
    firsts: Places
    """The word that each turn begins with, and one more for the end."""
    row_starts: Places
    """The word that each row begins with, and one more for the end."""
    row_turns: Places
    """The turn that each row begins with, and one more for the end."""
    base: int
    """What the place of a word in a shingle counts."""


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
    hashed = hashed_words(text, starts, ends, key=key)
    values, nothing = _runs(hashed.words, hashed.firsts, hashed.base)
    return WordRuns(values, nothing, hashed.row_starts)


def hashed_words(text: bytes, starts: Places, ends: Places, *, key: bytes) -> HashedWords:
    """Return the words of the turns of rows."""
    if len(starts) > 1 and not (starts[1:] > ends[:-1]).all():
        raise ValueError("rows of a block stand in order with a border byte between two")
    borders = np.concatenate((starts, ends[-1:]))
    if not text.isascii() and np.frombuffer(text, np.uint8).max() >= _FIRST_LONE:
        text, borders = _apart(text, borders)
    base, base_of_runs = _secret(key)
    if (kernel := loaded()) is not None:
        words, began = kernel.spoken(text, _SPOKEN, base)
    else:
        words, began = _words(text.translate(_SPOKEN), base)
    turns = np.flatnonzero(np.frombuffer(text, np.uint8) == TURN[0])
    firsts = np.searchsorted(began, np.concatenate(([0], turns, [len(text)])))
    row_turns = np.searchsorted(turns, borders)
    row_turns[-1:] += 1  # the last row ends with its last turn
    return HashedWords(
        words=words,
        firsts=firsts.astype(np.int64),
        row_starts=np.searchsorted(began, borders).astype(np.int64),
        row_turns=row_turns.astype(np.int64),
        base=base_of_runs,
    )


def turn_runs(hashes: TurnHashes) -> tuple[Hashes, Places]:
    """Return for every word the hash of its shingle, and the words that begin none."""
    return _runs(hashes.words, hashes.firsts, base_of_runs())


def base_of_runs() -> int:
    """Return what the place of a word in a shingle counts, where nothing is secret."""
    return _secret(b"")[1]


def _apart(text: bytes, borders: Places) -> tuple[bytes, Places]:
    """Return the text with gaps around characters that are words, and where its rows now begin."""
    found = np.fromiter((hit.start() for hit in LONE.finditer(text)), np.int64)
    gaps = np.concatenate((found, found + 3))
    spaced = np.insert(np.frombuffer(text, np.uint8), gaps, GAP)
    gaps.sort()
    return spaced.tobytes(), borders + np.searchsorted(gaps, borders)


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
    # glibc serves arrays up to the size of the largest that was freed from its heap, and keeps
    # twice that much of it; others it maps, faults and gives back for every block, a third of all
    # time. This one is freed without ever having been touched.
    np.empty(_HEAP, np.uint8)
    return _raised(base, _KEPT_POWERS), _raised(pow(base, -1, 1 << 64), _KEPT_POWERS)


def _raised(base: int, length: int) -> Hashes:
    """Return base^0, base^1, ... mod 2^64."""
    powers = np.full(length, base, np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers, out=powers)


def _pieces(plain: bytes) -> list[tuple[int, int]]:
    """Return borders that cut the text between words, near the size that suits the cache."""
    begin, borders = 0, []
    while len(plain) - begin > _PIECE:
        end = max(plain.rfind(_BETWEEN, begin, begin + _PIECE), begin)
        if end == begin:
            end = plain.find(_BETWEEN, begin + _PIECE)
            if end < 0:
                break
        borders.append((begin, end))
        begin = end
    return [*borders, (begin, len(plain))]


class _Sums:
    """Prefix sums of one piece after the other, in the same memory."""

    def __init__(self, pieces: list[tuple[int, int]], base: int) -> None:
        longest = max(end - begin for begin, end in pieces)
        self._powers, self.inverses = _powers(base, longest + 1)
        self._room = np.zeros(longest + 1, np.uint64)

    def of(self, codes: NDArray[np.uint8]) -> Hashes:
        """Return the sum before every byte of a piece and behind its last."""
        sums = self._room[: len(codes) + 1]
        np.multiply(codes, self._powers[1 : len(sums)], out=sums[1:])
        np.add.accumulate(sums[1:], out=sums[1:])
        return sums


def _words(plain: bytes, base: int) -> tuple[Hashes, Places]:
    """Return the hash of every word and where it begins; what is no word is a byte of 0."""
    most = len(plain) // 2 + 1
    hashes, began, count = np.empty(most, np.uint64), np.empty(most, np.int64), 0
    pieces = _pieces(plain)
    sums = _Sums(pieces, base)
    codes = np.frombuffer(plain, np.uint8)
    for begin, end in pieces:
        inside = np.zeros(end - begin + 1, np.bool_)
        np.not_equal(codes[begin:end], 0, out=inside[1:])
        first = np.flatnonzero(inside[1:] > inside[:-1])
        # What separates adds nothing, so a word's sum ends where the next word begins.
        upto = sums.of(codes[begin:end])
        at = np.append(upto.take(first), upto[-1])
        found = hashes[count : count + len(first)]
        np.subtract(at[1:], at[:-1], out=found)
        np.multiply(found, sums.inverses.take(first), out=found)
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
