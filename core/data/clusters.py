"""Decides which rows go where so that equal or near rows never cross a border."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.data.keys import RowKeys
from core.data.similarity import Pair

_ORDER = b"tf:order:1"
_LARGE_SHARE = 0.01
_LARGE_ROWS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How much is set aside; the rest is train."""

    validation: float = 0.10
    """Share of the rows that picks checkpoints."""
    holdout: float = 0.15
    """Share of the rows that nothing but Score may see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Places in the given sequence, by part, each in an order that ignores the file's."""

    train: tuple[int, ...]
    validation: tuple[int, ...]
    holdout: tuple[int, ...]
    clusters: int
    """Groups of rows that had to stay together."""
    large: int
    """Groups too large to set aside, which stay in train."""


def cluster(keys: Sequence[RowKeys], near: Iterable[Pair] = ()) -> list[list[int]]:
    """Return groups of places that share words or an input or are near, also through others."""
    parent = list(range(len(keys)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    first: dict[tuple[str, bytes], int] = {}
    for place, key in enumerate(keys):
        for name in (("norm", key.norm), *(("input", asked) for asked in key.inputs)):
            parent[root(place)] = root(first.setdefault(name, place))
    for pair in near:
        parent[root(pair.left)] = root(pair.right)
    groups: dict[int, list[int]] = defaultdict(list)
    for place in range(len(keys)):
        groups[root(place)].append(place)
    return list(groups.values())


def divide(
    keys: Sequence[RowKeys], *, salt: bytes, shares: Shares, near: Iterable[Pair] = ()
) -> Parts:
    """Return the parts; membership depends on what rows say, not on their order."""
    groups = sorted(cluster(keys, near), key=lambda group: _rank(group, keys, salt))
    limit = max(_LARGE_SHARE * len(keys), _LARGE_ROWS)
    aside = [group for group in groups if len(group) <= limit]
    holdout, rest = _fill(aside, round(shares.holdout * len(keys)))
    validation, rest = _fill(rest, round(shares.validation * len(keys)))
    large = [group for group in groups if len(group) > limit]
    return Parts(
        train=_ordered(rest + large, keys),
        validation=_ordered(validation, keys),
        holdout=_ordered(holdout, keys),
        clusters=len(groups),
        large=len(large),
    )


def _rank(group: Sequence[int], keys: Sequence[RowKeys], salt: bytes) -> bytes:
    """Return the group's place in an order nobody can choose without the salt."""
    smallest = min(keys[place].norm for place in group)
    return hashlib.blake2b(smallest, digest_size=16, key=salt, person=_ORDER).digest()


def _fill(groups: Sequence[list[int]], quota: int) -> tuple[list[list[int]], list[list[int]]]:
    """Return the groups that fill the quota without passing it, and the others."""
    taken: list[list[int]] = []
    left: list[list[int]] = []
    room = quota
    for group in groups:
        fits = len(group) <= room
        (taken if fits else left).append(group)
        room -= len(group) if fits else 0
    return taken, left


def _ordered(groups: Sequence[list[int]], keys: Sequence[RowKeys]) -> tuple[int, ...]:
    """Return the places of the groups in the order of their row keys."""
    return tuple(sorted((p for group in groups for p in group), key=lambda p: keys[p].row))
