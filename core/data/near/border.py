"""Measures the likeness that is left across a border, exactly and by another way than the split's.

An inverted index over the shingles of the smaller side answers for every text of the other side
which texts could beat the best so far; most are ruled out by counting, without a comparison.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

from core.data.near.words import jaccard, prepared, shingle_set

_FEW_CHARACTERS = 1_000_000
_FEW_MEETINGS = 1_000_000


def highest_similarity(left: Sequence[str], right: Sequence[str]) -> float:
    """Return the largest Jaccard similarity between a text of one side and one of the other.

    0 where nothing is shared or a side is empty. Turns are separated by a NUL character.
    """
    if sum(map(len, left)) + sum(map(len, right)) <= _FEW_CHARACTERS:
        best = _of_few(left, right)
        if best is not None:
            return best
    from core.data.near.border_of_many import highest_of_many

    return highest_of_many(left, right)


def _of_few(left: Sequence[str], right: Sequence[str]) -> float | None:
    """Return the largest similarity; None when rows share so much that arrays are faster."""
    rows = [shingle_set(prepared(text)) for text in left]
    others = {shingle_set(prepared(text)) for text in right}
    holders: dict[bytes, list[int]] = defaultdict(list)
    for place, own in enumerate(rows):
        for shingle in own:
            holders[shingle].append(place)
    if sum(len(holders.get(shingle, ())) for own in others for shingle in own) > _FEW_MEETINGS:
        return None
    best = 0.0
    for own in others:
        met = Counter[int]()
        for shingle in own:
            met.update(holders.get(shingle, ()))
        best = max([best, *(jaccard(own, rows[place]) for place in met)])
    return best
