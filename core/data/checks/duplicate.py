"""Rows that say the same as an earlier one."""

from collections.abc import Iterator

import numpy as np

from core.data.checking import Check
from core.data.rows import Fault
from core.data.scan.columns import firsts, mixed
from core.data.scan.whole import Whole

CHECK = Check(
    id="duplicate",
    severity="review",
    message="The row repeats an earlier one, so it counts double and may sit on both sides.",
    remedy="Keep one; a split keeps equal rows on one side in any case.",
)


def conclude(whole: Whole) -> Iterator[Fault]:
    """Yield each later row, with the first of its kind and how alike they are."""
    columns = whole.columns
    levels = [
        ("same bytes as", firsts(mixed(columns.words, columns.raw))),
        ("same content as", firsts(mixed(columns.words, columns.content))),
        ("same words as", firsts(columns.words)),
    ]
    number = columns.number
    places = np.arange(columns.rows)
    later = np.zeros(columns.rows, dtype=np.bool_)
    for _, first in levels:
        later |= first < places
    for place in np.flatnonzero(later):
        how, first = next((how, first[place]) for how, first in levels if first[place] < place)
        yield Fault(
            check=CHECK.id,
            row=int(number[place]),
            message=f"has the {how} row {number[first]}",
            other=int(number[first]),
        )
