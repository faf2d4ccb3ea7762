"""Labels and scripts that crowd out the others."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from core.data.block import Block
from core.data.checking import Check
from core.data.rows import Fault
from core.data.scan.whole import Whole
from core.data.scripts import script_of
from core.text_safety import clip, visible

CHECK = Check(
    id="balance",
    severity="review",
    message="One kind of answer crowds out the others, so giving it always looks good.",
    remedy="Collect more of the rare kinds, or fewer of the frequent one.",
)
_LABELLED = 0.5
_MOST = 0.8
_RARE = 0.02


def gather(block: Block) -> Counter[str]:
    """Return how many answers are written in which script."""
    if block.is_ascii:
        return Counter(latin=sum(block.trains))
    return Counter(script_of(block.words(place)) for place in block.trained())


def conclude(whole: Whole) -> Iterator[Fault]:
    """Yield one fault about a label, and one about each script, that stands out."""
    columns = whole.columns
    labels = np.flatnonzero(columns.target_short)
    if len(labels) and len(labels) >= _LABELLED * len(columns.target_short):
        _, first, counts = np.unique(
            columns.target_answer[labels], return_index=True, return_counts=True
        )
        most = int(counts.argmax())
        if len(counts) > 1 and counts[most] > _MOST * len(labels):
            number = int(columns.number[columns.target_row[labels[first[most]]]])
            example = whole.row(number).example
            label = clip(visible(example.reference), 40) if example else ""
            share = counts[most] / len(labels)
            message = f"{share:.0%} of the labels are {label!r}"
            yield Fault(check=CHECK.id, row=None, message=message)
    total = whole.counts.total()
    for script, count in sorted(whole.counts.items()):
        if 0 < count < _RARE * total:
            message = f"{count:,} of {total:,} answers are written in {script} letters"
            yield Fault(check=CHECK.id, row=None, message=message, severity="info")
