"""Groups rows that must stay on one side, and puts the groups in an order nobody can choose."""

import hashlib
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence

_ORDER = b"tf:order:1"
_LARGE_SHARE = 0.01
_LARGE_ROWS = 5


def cluster(
    names: Sequence[Iterable[Hashable]], pairs: Iterable[tuple[int, int]] = ()
) -> list[list[int]]:
    """Return groups of places that share a name or are a pair, also through others.

    Chains stay whole: cutting one would put a pair on two sides.
    """
    parent = list(range(len(names)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    first: dict[Hashable, int] = {}
    for place, own in enumerate(names):
        for name in own:
            parent[root(place)] = root(first.setdefault(name, place))
    for left, right in pairs:
        parent[root(left)] = root(right)
    groups: dict[int, list[int]] = defaultdict(list)
    for place in range(len(names)):
        groups[root(place)].append(place)
    return list(groups.values())


def ranked(groups: Iterable[list[int]], norms: Sequence[bytes], salt: bytes) -> list[list[int]]:
    """Return the groups in an order that hangs on what rows say and on the salt alone."""

    def rank(group: list[int]) -> bytes:
        smallest = min(norms[place] for place in group)
        return hashlib.blake2b(smallest, digest_size=16, key=salt, person=_ORDER).digest()

    return sorted(groups, key=rank)


def largest_allowed(rows: int) -> float:
    """Return the size over which a group is not set aside: it would be much of the holdout."""
    return max(_LARGE_SHARE * rows, _LARGE_ROWS)
