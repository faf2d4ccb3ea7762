"""An inverted index over runs of words: exact, and the measure of what it would cost."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from core.data.runs import Run, runs

MOST_WORK = 50_000_000
"""Steps after which comparing every text is given up and said to be."""
Holders = dict[Run, list[int]]


def holders_of(texts: Sequence[str], size: int) -> Holders:
    """Return, for every run of so many words, the texts that hold it."""
    holders: Holders = defaultdict(list)
    for place, text in enumerate(texts):
        for run in runs(text, size):
            holders[run].append(place)
    return holders


def work(holders: Holders, wanted: Iterable[frozenset[Run]]) -> int:
    """Return how many steps comparing takes."""
    return sum(len(holders.get(run, ())) for own in wanted for run in own)


def shared(own: frozenset[Run], holders: Holders) -> Counter[int]:
    """Return how many of these runs each text holds."""
    return Counter(place for run in own for place in holders.get(run, ()))
