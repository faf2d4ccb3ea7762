"""Rows without the system prompt that the others have."""

from collections.abc import Iterator

import numpy as np

from core.data.checking import Check
from core.data.rows import Fault
from core.data.scan.whole import Whole

CHECK = Check(
    id="system_prompt",
    severity="review",
    message="A few rows lack the system prompt of the others, so the model learns both ways.",
    remedy="Give every row the prompt that will be used later, or none of them.",
)
_FEW = 0.1


def conclude(whole: Whole) -> Iterator[Fault]:
    """Yield rows without system turns when nine in ten have some."""
    bare = whole.columns.frame == 0
    if 0 < bare.sum() <= _FEW * len(bare):
        for place in np.flatnonzero(bare):
            yield Fault(
                check=CHECK.id,
                row=int(whole.columns.number[place]),
                message="has no system turn, as nearly all others have",
            )
