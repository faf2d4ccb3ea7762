"""Measures how alike the most alike rows on the two sides of a border are, exactly."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from core.data.keys import normalise
from core.data.rows import Example

_WORDS = 5
_MOST_ROWS = 20_000
_SYSTEM = {"system", "developer"}


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Return every run of five words; a shorter text is one run."""
    words = normalise(text).split()
    if len(words) < _WORDS:
        return frozenset([tuple(words)])
    return frozenset(tuple(words[at : at + _WORDS]) for at in range(len(words) - _WORDS + 1))


def example_shingles(example: Example) -> frozenset[tuple[str, ...]]:
    """Return the shingles of what is said in a row, turn by turn, system turns left out."""
    spoken = (shingles(m.text) for m in example.messages if m.role not in _SYSTEM)
    return frozenset().union(*spoken)


def highest_similarity(
    left: Sequence[frozenset[tuple[str, ...]]], right: Sequence[frozenset[tuple[str, ...]]]
) -> float | None:
    """Return the largest Jaccard similarity across the border; None for too many rows to tell."""
    if len(left) + len(right) > _MOST_ROWS:
        return None
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, pieces in enumerate(right):
        for piece in pieces:
            holders[piece].append(place)
    return max((_best(pieces, holders, right) for pieces in left), default=0.0)


def _best(
    pieces: Iterable[tuple[str, ...]],
    holders: dict[tuple[str, ...], list[int]],
    right: Sequence[frozenset[tuple[str, ...]]],
) -> float:
    """Return the similarity of one row to the row most like it on the other side."""
    pieces = frozenset(pieces)
    shared = Counter(place for piece in pieces for place in holders.get(piece, ()))
    scores = (n / (len(pieces) + len(right[place]) - n) for place, n in shared.items())
    return max(scores, default=0.0)
