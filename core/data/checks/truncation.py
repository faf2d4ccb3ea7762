"""Rows that cannot be proven to fit into the context: a byte is at most one token."""

from collections.abc import Iterator

import numpy as np

from core.data.asked import USUAL_CONTEXT, Asked
from core.data.checking import Check
from core.data.rows import Fault
from core.data.scan.whole import Whole
from core.data.tokens import most_tokens, surely_more_than

CHECK = Check(
    id="truncation",
    severity="info",
    message="The row may be longer than the context, and what is cut is mostly the answer.",
    remedy="Raise the context, shorten or drop the row; exact counts need the model's tokenizer.",
)

_AT_ONCE = 1 << 16


def missing(asked: Asked) -> tuple[str, ...]:
    """Return what is left open without a tokenizer."""
    return ("exact token counts",)


def conclude(whole: Whole) -> Iterator[Fault]:
    """Yield every row whose bytes do not prove that it fits; who named no context is told so."""
    asked = whole.asked.context
    context = asked or USUAL_CONTEXT
    limit = f"the context of {context:,}" if asked else f"{context:,}, assumed without --context"
    columns = whole.columns
    for begin in range(0, columns.rows, _AT_ONCE):
        some = slice(begin, begin + _AT_ONCE)
        most = most_tokens(columns.size[some], columns.turns[some])
        surely = surely_more_than(columns.size[some], context)
        for place in np.flatnonzero(most > context).tolist():
            yield Fault(
                check=CHECK.id,
                row=int(columns.number[begin + place]),
                message=f"may have up to {most[place]:,} tokens, more than {limit}",
                severity="review" if asked and surely[place] else None,
            )
