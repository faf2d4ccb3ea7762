"""Measures how alike rows are, exactly: shared runs of five words (Jaccard)."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from core.data.keys import normalise
from core.data.near.pairs import Pair as Pair
from core.data.near.words import NEAR as NEAR
from core.data.rows import Example

_WORDS = 5
_MOST_WORK = 50_000_000
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


def similar_pairs(
    pieces: Sequence[frozenset[tuple[str, ...]]], *, least: float = NEAR
) -> list[Pair] | None:
    """Return every pair at least this alike; None when comparing all of them is too much work."""
    holders = _holders(pieces)
    if sum(len(places) ** 2 for places in holders.values()) > _MOST_WORK:
        return None
    found: list[Pair] = []
    for right, own in enumerate(pieces):
        for left, similarity in _alike(own, holders, pieces):
            if left < right and similarity >= least:
                found.append(Pair(left, right, similarity))
    return found


def highest_similarity(
    left: Sequence[frozenset[tuple[str, ...]]], right: Sequence[frozenset[tuple[str, ...]]]
) -> float | None:
    """Return the largest similarity across the border; None when that is too much work."""
    holders = _holders(right)
    work = sum(len(holders.get(piece, ())) for pieces in left for piece in pieces)
    if work > _MOST_WORK:
        return None
    return max(
        (similarity for pieces in left for _, similarity in _alike(pieces, holders, right)),
        default=0.0,
    )


def _holders(
    rows: Sequence[frozenset[tuple[str, ...]]],
) -> dict[tuple[str, ...], list[int]]:
    """Return, for every run of words, the rows that hold it."""
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, pieces in enumerate(rows):
        for piece in pieces:
            holders[piece].append(place)
    return holders


def _alike(
    own: frozenset[tuple[str, ...]],
    holders: dict[tuple[str, ...], list[int]],
    rows: Sequence[frozenset[tuple[str, ...]]],
) -> Iterator[tuple[int, float]]:
    """Yield every row that shares a run of words with this one, and how alike they are."""
    shared = Counter(place for piece in own for place in holders.get(piece, ()))
    for place, count in shared.items():
        yield place, count / (len(own) + len(rows[place]) - count)
