"""An inverted index over runs of words: exact, and the measure of what it would cost."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

_Run = TypeVar("_Run", bound=Hashable)

MOST_WORK = 50_000_000
"""Steps after which comparing every text is given up and said to be."""


def holders_of(texts: Iterable[frozenset[_Run]]) -> dict[_Run, list[int]]:
    """Return, for every run, the texts that hold it; a text is given by its runs."""
    holders: dict[_Run, list[int]] = defaultdict(list)
    for place, own in enumerate(texts):
        for run in own:
            holders[run].append(place)
    return holders


def work(holders: Mapping[_Run, list[int]], wanted: Iterable[frozenset[_Run]]) -> int:
    """Return how many steps comparing takes."""
    return sum(len(holders.get(run, ())) for own in wanted for run in own)


def shared(own: frozenset[_Run], holders: Mapping[_Run, list[int]]) -> Counter[int]:
    """Return how many of these runs each text holds."""
    return Counter(place for run in own for place in holders.get(run, ()))


def most_alike(
    own: frozenset[_Run], holders: Mapping[_Run, list[int]], texts: Sequence[frozenset[_Run]]
) -> Iterator[tuple[int, float]]:
    """Yield every text that shares a run with this one, and their Jaccard similarity."""
    for place, count in shared(own, holders).items():
        yield place, count / (len(own) + len(texts[place]) - count)
