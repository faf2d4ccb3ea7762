"""Names the near-duplicates among texts: exactly when they are few, by signatures when many."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from math import ceil
from typing import NamedTuple

from core.data.near.words import NEAR, jaccard, prepared, shingle_set

_FEW_ROWS = 4_000
_FEW_CHARACTERS = 3_000_000
"""About what the exact way does in the time that numpy takes to load and to start."""
_MOST_MET = 3_000_000
"""Rows met by way of one shingle after which signatures are faster: half a second."""
_MET_A_COMPARISON = 20
_MOST_OF_A_ROW = 16
_LEAST_OF_SIGNATURES = 0.5
_ROUNDING = 1e-9


class Pair(NamedTuple):
    """Two rows that are alike."""

    left: int
    """The place of the earlier one."""
    right: int
    """The place of the later one."""
    similarity: float
    """Shared shingles over all shingles, 0 to 1."""


def near_pairs(texts: Sequence[str], *, least: float = NEAR) -> list[Pair]:
    """Return which rows are at least this alike, left before right, in order.

    Turns of a text are separated by a NUL character. A row with the shingles of an earlier one is
    named with the first such row only, which stands for it; a row with more than sixteen earlier
    rows like it is named with sixteen, and with every further one that nothing else ties it to. So
    groups are whole, and a file of equal rows gives a pair a row. Up to a few thousand rows nothing
    is missed; beyond, or where thousands of rows share a template, pairs of .7 are found with a
    chance of .98, of .8 and more with .999. A bound below .5 is met exactly, for few texts only.
    """
    few = len(texts) <= _FEW_ROWS and sum(map(len, texts)) <= _FEW_CHARACTERS
    if few or least < _LEAST_OF_SIGNATURES:
        sets = [shingle_set(prepared(text)) for text in texts]
        most = _MOST_MET if least >= _LEAST_OF_SIGNATURES else None
        found = exact_pairs(sets, least=least, most=most)
        if found is not None:
            return found
    from core.data.near.many import pairs_of_many

    return pairs_of_many(texts, least=least)


def exact_pairs(
    rows: Sequence[frozenset[bytes]], *, least: float, most: int | None = None
) -> list[Pair] | None:
    """Return the pairs of `near_pairs` from shingle sets, missing none.

    None when rows meet more often than `most` allows, which without it they may.

    Two sets this alike share one of the rarest few shingles of each, so only those are looked up.
    """
    first: dict[frozenset[bytes], int] = {}
    pairs: list[Pair] = []
    for place, own in enumerate(rows):
        if own and first.setdefault(own, place) != place:
            pairs.append(Pair(first[own], place, 1.0))
    spread = Counter(shingle for own in first for shingle in own)
    holders: dict[bytes, list[int]] = defaultdict(list)
    ties = _Ties(len(rows))
    met = 0
    for own, place in first.items():
        shared = Counter[int]()
        for shingle in _telling(own, spread, least):
            shared.update(holders[shingle])
            met += len(holders[shingle])
            holders[shingle].append(place)
        found = 0
        for other, _ in shared.most_common():
            if found >= _MOST_OF_A_ROW and ties.tied(other, place):
                continue
            if not least <= len(own) / len(rows[other]) <= 1 / least + _ROUNDING:
                continue
            met += _MET_A_COMPARISON
            if most is not None and met > most:
                return None
            similarity = jaccard(rows[other], own)
            if similarity >= least:
                pairs.append(Pair(other, place, similarity))
                ties.tie(other, place)
                found += 1
    return sorted(pairs)


def _telling(own: frozenset[bytes], spread: Counter[bytes], least: float) -> Iterable[bytes]:
    """Return the rarest shingles, so many that any row this alike has one of them."""
    many = len(own) - ceil(least * len(own) - _ROUNDING) + 1
    common = [shingle for shingle in own if spread[shingle] > 1]
    many -= len(own) - len(common)
    if many <= 0:
        return ()
    return sorted(common, key=lambda shingle: (spread[shingle], shingle))[:many]


class _Ties:
    """Knows which rows hang together through pairs."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def _top(self, place: int) -> int:
        above = self._above
        while above[place] != place:
            above[place] = above[above[place]]
            place = above[place]
        return place

    def tied(self, left: int, right: int) -> bool:
        """Return whether pairs lead from one row to the other."""
        return self._top(left) == self._top(right)

    def tie(self, left: int, right: int) -> None:
        """Note a pair."""
        self._above[self._top(left)] = self._top(right)
