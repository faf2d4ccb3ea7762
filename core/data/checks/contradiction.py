"""Equal inputs with different answers."""

from collections.abc import Iterator
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.data.checking import Check
from core.data.rows import LikeRows, Severity
from core.data.scan.columns import firsts
from core.data.scan.whole import Whole

CHECK = Check(
    id="contradiction",
    severity="review",
    message="The same input has different answers, so the model learns to guess between them.",
    remedy="Lay the rows side by side and keep the right answer.",
)
_OF_LABELS: Final[Severity] = "high"
"""Two labels of one input cannot both be right."""


def conclude(whole: Whole) -> Iterator[LikeRows]:
    """Yield the answers that differ from the first one to the same input."""
    columns = whole.columns
    places = columns.repeated(len(columns.target_row), columns.target_framed)
    first = firsts(columns.taken(places, columns.target_framed))
    answers = columns.taken(places, lambda some: columns.target_answer[some])
    differs = answers != answers[first]
    later, first = places[differs], places[first[differs]]
    short = columns.target_short[later] & columns.target_short[first]
    for some, severity in ((short, _OF_LABELS), (~short, None)):
        others = columns.number[columns.target_row[first[some]]]
        yield LikeRows(
            check=CHECK.id,
            rows=columns.number[columns.target_row[later[some]]],
            others=others,
            says=partial(_said, others),
            severity=severity,
        )


def _said(others: NDArray[np.int64], place: int) -> str:
    """Return what is wrong with the answer at a place."""
    return f"answers the input of row {others[place]} differently"
