"""What the columns of a whole file say at once: how many rows differ, and how long they are."""

from dataclasses import dataclass

import numpy as np

from core.data.lengths import Lengths, bounded
from core.data.scan.columns import Columns


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overview:
    """Figures over all readable rows."""

    rows: int
    """Readable ones."""
    unique: int
    """Rows with words that no earlier row has, system turns included."""
    lengths: Lengths
    """What the bytes prove about their tokens."""


def overview_of(columns: Columns) -> Overview:
    """Return the figures of these rows."""
    again = columns.repeated(columns.rows, columns.words)
    return Overview(
        rows=columns.rows,
        unique=columns.rows - len(again) + len(np.unique(columns.taken(again, columns.words))),
        lengths=bounded(columns),
    )
