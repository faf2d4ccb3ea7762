"""Finds which rows are worth an exact comparison, without comparing every row with every other.

Sixteen bands of four places: rows that agree in all places of one band fall into one bucket. Pairs
of Jaccard J meet in a bucket with chance 1 - (1 - J^4)^16: .988 at .7, .9998 at .8.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data.kernel.library import loaded
from core.data.near.shingles import Hashes, Places
from core.data.near.signatures import BINS, EMPTY, SignatureRows
from core.data.repeats import repeated

BANDS = 16
LEAST_EQUAL = 24
"""Equal places of 64 from which a pair is compared: half would lose 0.03 % of long rows at J = .7,
but 1 in 20 of rows of fifteen words, whose places repeat; three eighths loses none that we saw."""

_ROUND = np.uint64(0x9E3779B97F4A7C15)
_FACTORS = np.multiply.accumulate(np.full(BINS // 2, _ROUND))
"""Odd: signatures that differ in two places only have other sums."""
_SKETCH = 3
_BITS_EACH = np.arange(0, 63, 3, dtype=np.uint64)
_FIRST_BITS = np.bitwise_or.reduce(np.uint64(1) << _BITS_EACH)
_MOST_SKETCHED = 1 << 19
"""Rows of which sketches are held, 24 bytes each; of more every pair of signatures is read."""
_HALF, _LOW = np.uint64(32), np.uint64((1 << 32) - 1)
_BANDS_AT_ONCE = 2
"""Four bytes a row each; what lies on disk is read that many times less."""
_AT_ONCE = 1 << 13
_ROWS_AT_ONCE = 1 << 11
_SMALL_BUCKET = 64
_NEIGHBOURS = 4
_FIRST_IN_BUCKET = 16


def candidates(signatures: SignatureRows) -> Places:
    """Return pairs of rows (pairs, 2), left < right, whose signatures agree enough to compare them.

    A row with the signature of an earlier one is paired with the first such row, which stands for
    it. In a bucket of up to 64 rows each is paired with its next eight, in a larger one with the
    next and with the bucket's first; so even a million equal rows give a few pairs each.
    """
    firsts, equal = _equal_rows(signatures)
    found = _new(equal, np.empty(0, np.uint64))
    sketches = _sketches(signatures) if len(signatures) <= _MOST_SKETCHED else None
    for keys in _every_band(signatures):
        for left, right in _met(keys[firsts]):
            codes = _new(np.stack((firsts[left], firsts[right]), axis=1), found)
            if sketches is not None:
                codes = codes[_may_agree(sketches, _pairs(codes))]
            alike = agreement(signatures, signatures, _pairs(codes)) >= LEAST_EQUAL
            # Both are in order, and the stable sort merges what is.
            found = np.sort(np.concatenate((found, codes[alike])), kind="stable")
    return _pairs(found)


class Nearest(NamedTuple):
    """What is most like each row of one side among the rows of another."""

    row: Places
    """The row of the other side; the first of several; -1 where none met in a band."""
    equal: Places
    """Equal places of their signatures."""


def nearest(known: SignatureRows, rows: SignatureRows) -> Nearest:
    """Return for each row the known row most like it, in the memory of one pass.

    Bands of two places: known rows are few, and at J = .7 only 1 pair in 10^9 never meets. Of a
    bucket's known rows the first sixteen are compared; a near row shares other buckets too.
    """
    best = Nearest(np.full(len(rows), -1, np.int64), np.zeros(len(rows), np.int64))
    every_known, every_row = _spoken(known), _spoken(rows)
    for band in range(BINS // 2):
        known_keys = _band(known, band, width=2)[every_known]
        order = np.argsort(known_keys, kind="stable")
        known_keys = known_keys[order]
        keys = _band(rows, band, width=2)[every_row]
        at = np.searchsorted(known_keys, keys)
        asking = np.arange(len(keys))
        for _ in range(_FIRST_IN_BUCKET):
            asking = asking[at[asking] < len(known_keys)]
            asking = asking[known_keys[at[asking]] == keys[asking]]
            if not len(asking):
                break
            _better(best, known, rows, every_known[order[at[asking]]], every_row[asking])
            at[asking] += 1
    return best


def _better(
    best: Nearest, known: SignatureRows, rows: SignatureRows, candidate: Places, row: Places
) -> None:
    """Note the candidates that are more like their rows than what was known."""
    equal = agreement(known, rows, np.stack((candidate, row), axis=1))
    more = (equal > best.equal[row]) | ((equal == best.equal[row]) & (candidate < best.row[row]))
    best.row[row[more]] = candidate[more]
    best.equal[row[more]] = equal[more]


def agreement(left: SignatureRows, right: SignatureRows, pairs: Places) -> Places:
    """Return, for each pair of a left and a right row, in how many places they are equal."""
    equal = np.empty(len(pairs), np.int64)
    for begin in range(0, len(pairs), _AT_ONCE):
        some = pairs[begin : begin + _AT_ONCE]
        same = left[some[:, 0]] == right[some[:, 1]]
        equal[begin : begin + _AT_ONCE] = same.sum(axis=1)
    return equal


def _sketches(signatures: SignatureRows) -> Hashes:
    """Return three bits of every place but one, (rows, 3): they rule most pairs out unread."""
    sketches = np.empty((len(signatures), _SKETCH), np.uint64)
    kernel = loaded()
    for some, halves in _parts(signatures):
        if kernel is not None:
            sketches[some] = kernel.sketches(halves.view(np.uint32))
            continue
        places = halves.view(np.uint32)[:, : _SKETCH * len(_BITS_EACH)]
        bits = (places & np.uint32(7)).astype(np.uint64).reshape(len(halves), _SKETCH, -1)
        np.bitwise_or.reduce(bits << _BITS_EACH, axis=2, out=sketches[some])
    return sketches


def _may_agree(sketches: Hashes, pairs: Places) -> NDArray[np.bool_]:
    """Return which pairs may agree in enough places: equal places have equal bits."""
    other = sketches[pairs[:, 0]] ^ sketches[pairs[:, 1]]
    other |= (other >> np.uint64(1)) | (other >> np.uint64(2))
    differing = np.bitwise_count(other & _FIRST_BITS).sum(axis=1)
    may: NDArray[np.bool_] = differing <= BINS - LEAST_EQUAL
    return may


def _parts(signatures: SignatureRows) -> Iterator[tuple[slice, Hashes]]:
    """Yield the signatures as halves of bands, a part at a time, and where each part stands."""
    for begin in range(0, len(signatures), _ROWS_AT_ONCE):
        some = slice(begin, begin + _ROWS_AT_ONCE)
        yield some, signatures[some].view(np.uint64)


def _spoken(signatures: SignatureRows) -> Places:
    """Return the rows that have words."""
    spoken = np.empty(len(signatures), np.bool_)
    for some, halves in _parts(signatures):
        spoken[some] = halves.view(np.uint32)[:, 0] != EMPTY
    return np.flatnonzero(spoken)


def _equal_rows(signatures: SignatureRows) -> tuple[NDArray[np.int32], Places]:
    """Return the first row of each signature, and every other row paired with its first."""
    rows = _spoken(signatures)
    keys = np.empty(len(signatures), np.uint64)
    for some, halves in _parts(signatures):
        keys[some] = halves @ _FACTORS
    again = repeated(keys[rows])
    crowd = rows[again]
    order = np.argsort(keys[crowd], kind="stable")
    sorted_keys, crowd = keys[crowd][order], crowd[order]
    is_later = np.zeros(len(crowd), np.bool_)
    is_later[1:] = sorted_keys[1:] == sorted_keys[:-1]
    heads = np.maximum.accumulate(np.where(is_later, 0, np.arange(len(crowd))))
    pairs = np.stack((crowd[heads[is_later]], crowd[is_later]), axis=1)
    is_first = np.ones(len(rows), np.bool_)
    is_first[again[order[is_later]]] = False
    return rows[is_first].astype(np.int32), pairs


def _every_band(signatures: SignatureRows) -> Iterator[NDArray[np.uint32]]:
    """Yield the first half of what `_band` returns; one look at the rows gives several bands.

    What was yielded is written over by what comes later.
    """
    kernel, keys = loaded(), np.empty((_BANDS_AT_ONCE, len(signatures)), np.uint32)
    for first in range(0, BANDS, _BANDS_AT_ONCE):
        for some, halves in _parts(signatures):
            if kernel is not None:
                kernel.bands(halves.view(np.uint32), first, keys[:, some])
                continue
            for own, band in enumerate(range(first, first + _BANDS_AT_ONCE)):
                keys[own, some] = _hashed(halves, band, BINS // BANDS) >> np.uint64(32)
        yield from keys


def _band(signatures: SignatureRows, band: int, *, width: int = BINS // BANDS) -> Hashes:
    """Return a hash of what each row has in the places of one band."""
    keys = np.empty(len(signatures), np.uint64)
    for some, halves in _parts(signatures):
        keys[some] = _hashed(halves, band, width)
    return keys


def _hashed(halves: Hashes, band: int, width: int) -> Hashes:
    """Return the same of some rows, whose places are given two by two."""
    keys: Hashes = halves[:, band * width // 2] * _ROUND
    keys ^= keys >> np.uint64(32)
    keys += halves[:, (band + 1) * width // 2 - 1]
    keys *= _ROUND
    keys ^= keys >> np.uint64(29)
    return keys


def _met(keys: NDArray[np.uint32]) -> Iterator[tuple[Places, Places]]:
    """Yield places of rows that share a bucket, the earlier first, in bounded lots."""
    crowd = repeated(keys)
    # One sort of hash and place together is three times as fast as an argsort.
    both = np.sort((keys[crowd].astype(np.uint64) << _HALF) | crowd.astype(np.uint64))
    buckets = both >> _HALF
    places = (both & _LOW).astype(np.int64)
    again = np.flatnonzero(buckets[1:] == buckets[:-1]) + 1
    if not len(again):
        return
    is_first = np.ones(len(again), np.bool_)
    is_first[1:] = again[1:] != again[:-1] + 1
    runs = np.cumsum(is_first) - 1
    heads = (again[is_first] - 1)[runs]
    small = np.bincount(runs)[runs] < _SMALL_BUCKET
    for back in range(1, _NEIGHBOURS + 1):
        near = again[(small | (back == 1)) & (again - back >= heads)]
        yield places[near - back], places[near]
    far = again[~small & (again - 1 > heads)]
    yield places[heads[~small & (again - 1 > heads)]], places[far]


def _new(pairs: Places, found: Hashes) -> Hashes:
    """Return the pairs as sorted codes, each once, without those found already."""
    codes = np.sort((pairs[:, 0].astype(np.uint64) << _HALF) | pairs[:, 1].astype(np.uint64))
    kept = np.ones(len(codes), np.bool_)
    kept[1:] = codes[1:] != codes[:-1]
    if len(found):
        at = np.minimum(np.searchsorted(found, codes), len(found) - 1)
        kept &= found[at] != codes
    return codes[kept]


def _pairs(codes: Hashes) -> Places:
    """Return the pairs that codes stand for."""
    return np.stack((codes >> _HALF, codes & _LOW), axis=1).astype(np.int64)
