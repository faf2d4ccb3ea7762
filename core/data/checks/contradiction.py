"""Equal inputs with different answers."""

from collections.abc import Iterator

import numpy as np

from core.data.checking import Check
from core.data.rows import Fault
from core.data.scan.columns import firsts
from core.data.scan.whole import Whole

CHECK = Check(
    id="contradiction",
    severity="review",
    message="The same input has different answers, so the model learns to guess between them.",
    remedy="Lay the rows side by side and keep the right answer.",
)


def conclude(whole: Whole) -> Iterator[Fault]:
    """Yield each answer that differs from the first one to the same input."""
    columns = whole.columns
    first = firsts(columns.target_framed)
    later = np.flatnonzero(columns.target_answer != columns.target_answer[first])
    first = first[later]
    for row, earlier, short in zip(
        columns.number[columns.target_row[later]].tolist(),
        columns.number[columns.target_row[first]].tolist(),
        (columns.target_short[later] & columns.target_short[first]).tolist(),
        strict=True,
    ):
        yield Fault(
            check=CHECK.id,
            row=row,
            message=f"answers the input of row {earlier} differently",
            severity="high" if short else None,
            other=earlier,
        )
