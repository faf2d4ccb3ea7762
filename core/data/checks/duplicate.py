"""Rows that say the same as an earlier one."""

from collections.abc import Iterator

import numpy as np

from core.data.checking import Check
from core.data.rows import LikeRows
from core.data.scan.columns import firsts, mixed
from core.data.scan.whole import Whole

CHECK = Check(
    id="duplicate",
    severity="review",
    message="The row repeats an earlier one, so it counts double and may sit on both sides.",
    remedy="Keep one; a split keeps equal rows on one side in any case.",
)
_LEVELS = ("same bytes", "same content", "same words")
"""How rows are alike, the closest first."""


def conclude(whole: Whole) -> Iterator[LikeRows]:
    """Yield the later rows, with the first of their kind and how alike they are."""
    columns = whole.columns
    places = columns.repeated(columns.rows, columns.words)
    words = columns.taken(places, columns.words)
    how = np.full(len(places), len(_LEVELS), np.int8)
    first = np.arange(len(places))
    raw = columns.taken(places, lambda some: columns.raw[some])
    content = columns.taken(places, lambda some: columns.content[some])
    for level, keys in enumerate((mixed(words, raw), mixed(words, content), words)):
        earlier = firsts(keys)
        new = (earlier < first) & (how == len(_LEVELS))
        how[new], first[new] = level, earlier[new]
    later = np.flatnonzero(how < len(_LEVELS))
    others = columns.number[places[first[later]]]
    yield LikeRows(
        check=CHECK.id,
        rows=columns.number[places[later]],
        others=others,
        says=lambda place: f"has the {_LEVELS[how[later[place]]]} as row {others[place]}",
    )
