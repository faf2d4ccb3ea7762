"""Groups rows that must stay on one side, and puts the groups in an order nobody can choose."""

import hashlib
from array import array
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence

_ORDER = b"tf:order:1"
_LARGE_SHARE = 0.01
_LARGE_ROWS = 5


class Union:
    """Knows which places hang together through pairs."""

    def __init__(self, count: int) -> None:
        self.above = array("q", range(count))
        """For every place one that it hangs together with, itself where it stands for all."""

    def top(self, place: int) -> int:
        """Return the place that stands for all that hang together with this one."""
        above = self.above
        while above[place] != place:
            above[place] = above[above[place]]
            place = above[place]
        return place

    def together(self, left: int, right: int) -> bool:
        """Return whether pairs lead from one to the other."""
        return self.top(left) == self.top(right)

    def tie(self, left: int, right: int) -> None:
        """Note a pair."""
        self.above[self.top(left)] = self.top(right)


def cluster(
    names: Sequence[Iterable[Hashable]], pairs: Iterable[tuple[int, int]] = ()
) -> list[list[int]]:
    """Return groups of places that share a name or are a pair, also through others.

    Chains stay whole: cutting one would put a pair on two sides.
    """
    tied = Union(len(names))
    first: dict[Hashable, int] = {}
    for place, own in enumerate(names):
        for name in own:
            tied.tie(place, first.setdefault(name, place))
    for left, right in pairs:
        tied.tie(left, right)
    groups: dict[int, list[int]] = defaultdict(list)
    for place in range(len(names)):
        groups[tied.top(place)].append(place)
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
