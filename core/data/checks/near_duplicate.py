"""Rows that say nearly the same as an earlier one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from core.data.checking import Check
from core.data.near.pairs import near_pairs
from core.data.rows import LikeRows
from core.data.scan.whole import Whole

if TYPE_CHECKING:
    from core.data.near.verify import Measured

CHECK = Check(
    id="near_duplicate",
    severity="review",
    message="The row says nearly the same as an earlier one, so it counts almost double.",
    remedy="Keep one, or all with a reason; a split keeps them on one side in any case.",
)


def conclude(whole: Whole) -> Iterator[LikeRows]:
    """Yield each later row of a pair with the earlier row most like it; equal words aside."""
    columns = whole.columns
    left, right, similarity = _pairs(whole)
    differ = columns.spoken[left] != columns.spoken[right]
    left, right, similarity = left[differ], right[differ], similarity[differ]
    order = np.lexsort((left, -similarity, right))
    right, first = np.unique(right[order], return_index=True)
    best = order[first]
    others, alike = columns.number[left[best]], similarity[best]
    yield LikeRows(
        check=CHECK.id,
        rows=columns.number[right],
        others=others,
        says=lambda place: f"is nearly row {others[place]} (similarity {alike[place]:.2f})",
    )


def _pairs(whole: Whole) -> "Measured":
    """Return pairs of places of rows that are alike."""
    from core.data.near.verify import Measured, measure

    if whole.signatures is None:
        found = near_pairs(whole.said(range(whole.columns.rows)))
        columns = zip(*found, strict=True) if found else ((), (), ())
        left, right, alike = map(list, columns)
        return Measured(np.array(left, np.int64), np.array(right, np.int64), np.array(alike))
    from core.data.near.candidates import candidates
    from core.data.near.words import prepared

    pairs = candidates(whole.signatures)
    pairs = pairs[whole.columns.spoken[pairs[:, 0]] != whole.columns.spoken[pairs[:, 1]]]
    return measure(pairs, lambda places: [prepared(words) for words in whole.said(places)])
