"""Labels, scripts, long rows and long conversations that crowd out the others."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from core.data.block import Block
from core.data.checking import Check
from core.data.rows import Fault
from core.data.scan.columns import Columns
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
_LEAST_ROWS = 100
_LONGEST, _CROWDED = 0.01, 0.25
_TIMES_USUAL = 4


def gather(block: Block) -> Counter[str]:
    """Return how many answers are written in which script."""
    if block.is_ascii:
        return Counter(latin=int(block.trains.sum()))
    return Counter(script_of(block.words(place)) for place in block.trained())


def _crowded(columns: Columns) -> Iterator[Fault]:
    """Yield what few rows with much text, or with many turns, do to the others."""
    if columns.rows < _LEAST_ROWS:
        return
    count = max(int(columns.rows * _LONGEST), 1)
    sizes = np.sort(columns.size)
    share = sizes[-count:].sum() / max(int(sizes.sum()), 1)
    if share > _CROWDED:
        message = f"the longest {count:,} of {columns.rows:,} rows hold {share:.0%} of the text"
        yield Fault(check=CHECK.id, row=None, message=message, severity="info")
    usual = int(np.median(columns.turns))
    many = int((columns.turns >= _TIMES_USUAL * usual).sum())
    if 0 < many < _RARE * columns.rows:
        message = (
            f"{many:,} of {columns.rows:,} rows have {_TIMES_USUAL * usual} turns or more;"
            f" half have at most {usual}"
        )
        yield Fault(check=CHECK.id, row=None, message=message, severity="info")


def conclude(whole: Whole) -> Iterator[Fault]:
    """Yield one fault about a label, about lengths, turns and each script that stands out."""
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
    yield from _crowded(columns)
    total = whole.counts.total()
    for script, count in sorted(whole.counts.items()):
        if 0 < count < _RARE * total:
            message = f"{count:,} of {total:,} answers are written in {script} letters"
            yield Fault(check=CHECK.id, row=None, message=message, severity="info")
