"""Trained answers without a visible character."""

from collections.abc import Iterator

import numpy as np

from core.data.asked import Asked
from core.data.block import Block
from core.data.checking import Check
from core.data.rows import Fault

CHECK = Check(
    id="empty_answer",
    severity="blocker",
    message="The answer is empty, so the row teaches the model to say nothing.",
    remedy="Write the answer or drop the row.",
)


_SPACE, _DELETE = 0x20, 0x7F


def find(block: Block, asked: Asked) -> Iterator[Fault]:
    """Yield every trained turn that is blank."""
    for place in _blank_at_first(block):
        if not block.words(place).strip():
            turn = block.turn(place)
            yield Fault(check=CHECK.id, row=turn.row, path=turn.path, message="is empty")


def _blank_at_first(block: Block) -> list[int]:
    """Return the trained turns whose first byte may be that of a blank."""
    if not block.text:
        return []
    first = np.frombuffer(block.text, np.uint8)[block.starts]
    blank = (first <= _SPACE) | (first >= _DELETE)
    found: list[int] = np.flatnonzero(blank & block.trains).tolist()
    return found
