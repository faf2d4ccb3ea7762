"""Hashes the runs of words of many texts at once: equal runs have equal numbers of 55 bits.

The words are those of `core.data.runs`. Among twenty million different runs two have one number by
chance in one file of two hundred, and then one count is one too high.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data.runs import spaced

Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]

_BASE: Final = 0x9E3779B97F4A7C15
_MIX: Final = np.uint64(0xFF51AFD7ED558CCD)
_PIECE: Final = 1 << 16
"""Bytes hashed at a time; their sums stay in the processor's cache."""
LOT_BYTES: Final = 1 << 18
LOT_TEXTS: Final = 512
DROPPED: Final = np.uint64(9)
"""Last bits of a hash that make room for the number of a text in its lot."""
OWNER: Final = np.uint64(64 - 9)
"""Where that number begins."""


class Runs(NamedTuple):
    """The different runs of some texts."""

    values: Hashes
    """Text after text, in order within each; the last nine bits are 0."""
    starts: Places
    """Where each text begins in `values`, and one more for the end."""

    @property
    def texts(self) -> Places:
        """Return the text of each value."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


def shared(known: Runs, asked: Runs, known_of: Places) -> Places:
    """Return how many runs each text that is asked about shares with one of a lot that is known.

    `known_of` names that one.
    """
    held = (known.texts.astype(np.uint64) << OWNER) | (known.values >> DROPPED)
    wanted = np.repeat(known_of.astype(np.uint64) << OWNER, np.diff(asked.starts))
    wanted |= asked.values >> DROPPED
    if not len(held):
        return np.zeros(len(known_of), np.int64)
    at = np.minimum(np.searchsorted(held, wanted), len(held) - 1)
    before = np.concatenate(([0], np.cumsum(held[at] == wanted)))
    return np.diff(before[asked.starts])


def chosen(values: Hashes, starts: Places, places: Places) -> Runs:
    """Return the runs of some of the texts whose runs these are, in this order."""
    sizes = starts[places + 1] - starts[places]
    begins = np.concatenate(([0], np.cumsum(sizes)))
    at = np.arange(begins[-1]) + np.repeat(starts[places] - begins[:-1], sizes)
    return Runs(values[at].view(np.ndarray), begins)


def lots_of(texts: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield texts in lots that hash fastest, each with the place of its first."""
    lot: list[str] = []
    first = size = 0
    for place, text in enumerate(texts):
        lot.append(text)
        size += len(text)
        if size >= LOT_BYTES or len(lot) == LOT_TEXTS:
            yield first, lot
            lot, first, size = [], place + 1, 0
    if lot:
        yield first, lot


def runs_of(texts: Sequence[str], size: int) -> Iterator[Runs]:
    """Yield the runs of so many words of all texts, in lots."""
    for _, lot in lots_of(texts):
        yield run_hashes(lot, size)


def run_hashes(texts: Sequence[str], size: int) -> Runs:
    """Return the different runs of so many words of each text; a shorter text is one run."""
    encoded = [spaced(text).encode("utf-8", "surrogatepass") for text in texts]
    words, began = _words(b"\0".join(encoded))
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    firsts = np.searchsorted(began, np.concatenate(([0], np.cumsum(lengths + 1))))
    values = np.zeros(len(words), np.uint64)
    for step in range(min(size, len(words))):
        values[: len(words) - step] += words[step:] * _factor(step)
    begins = np.ones(len(words), np.bool_)
    for back in range(1, size):
        late = firsts[1:] - back
        begins[late[late > firsts[:-1]]] = False
    counts = np.diff(firsts)
    is_short = (counts > 0) & (counts < size)
    counts, short = counts[is_short], firsts[:-1][is_short]
    values[short] = 0
    for step in range(size - 1):
        there = short[counts > step]
        values[there] += words[there + step] * _factor(step)
    owners = np.repeat(np.arange(len(texts)), np.diff(firsts))
    return distinct(_mixed(values)[begins], owners[begins], len(texts))


def _factor(step: int) -> np.uint64:
    """Return what the word so many steps into a run counts."""
    return np.uint64(pow(_BASE, 2 * step + 1, 1 << 64))


def distinct(values: Hashes, owners: Places, texts: int) -> Runs:
    """Return the different values of each text, given the text of each value, for a lot of them."""
    # One sort of plain numbers is ten times as fast as a sort by two keys.
    keys = np.sort((owners.astype(np.uint64) << OWNER) | (values >> DROPPED))
    kept = np.ones(len(keys), np.bool_)
    kept[1:] = keys[1:] != keys[:-1]
    keys = keys[kept]
    starts = np.searchsorted(keys, np.arange(texts, dtype=np.uint64) << OWNER)
    return Runs(keys << DROPPED, np.append(starts, len(keys)).astype(np.int64))


def _words(text: bytes) -> tuple[Hashes, Places]:
    """Return the hash of every word and where it begins."""
    hashes: list[Hashes] = [np.empty(0, np.uint64)]
    began: list[Places] = [np.empty(0, np.int64)]
    for begin, end in _pieces(text):
        piece = np.frombuffer(b" %b " % text[begin:end], np.uint8)
        powers, inverses = _powers(len(piece))
        sums = np.cumsum(piece * powers, dtype=np.uint64)
        inside = (piece != 32) & (piece != 0)
        edges = np.flatnonzero(inside[1:] != inside[:-1])
        first, last = edges[0::2], edges[1::2]
        hashes.append(_mixed((sums[last] - sums[first]) * inverses[first]))
        began.append(first + begin)
    return np.concatenate(hashes), np.concatenate(began)


def _pieces(text: bytes) -> Iterator[tuple[int, int]]:
    """Yield borders that cut the text between words."""
    begin = 0
    while len(text) - begin > _PIECE:
        end = max(text.rfind(b" ", begin, begin + _PIECE), begin)
        if end == begin:
            end = text.find(b" ", begin + _PIECE)
            if end < 0:
                break
        yield begin, end
        begin = end
    yield begin, len(text)


def _powers(length: int) -> tuple[Hashes, Hashes]:
    """Return the powers of the base and those of its inverse, this many."""
    if length > _PIECE + 2:
        return _raised(_BASE, length), _raised(pow(_BASE, -1, 1 << 64), length)
    powers, inverses = _usual_powers()
    return powers[:length], inverses[:length]


@lru_cache(maxsize=1)
def _usual_powers() -> tuple[Hashes, Hashes]:
    """Return the powers that a usual piece needs."""
    return _raised(_BASE, _PIECE + 2), _raised(pow(_BASE, -1, 1 << 64), _PIECE + 2)


def _raised(base: int, length: int) -> Hashes:
    """Return base^0, base^1, ... mod 2^64."""
    powers = np.full(length, base, np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers)


def _mixed(values: Hashes) -> Hashes:
    """Return numbers whose every bit hangs on every bit."""
    mixed = values ^ (values >> np.uint64(32))
    mixed *= _MIX
    mixed ^= mixed >> np.uint64(29)
    return mixed
