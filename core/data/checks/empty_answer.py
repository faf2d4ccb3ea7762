"""Trained answers without a visible character."""

from collections.abc import Iterator

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


def find(block: Block, asked: Asked) -> Iterator[Fault]:
    """Yield every trained turn that is blank."""
    for place in block.trained():
        first = block.text[block.starts[place] : block.starts[place] + 1]
        if (first <= b" " or first >= b"\x7f") and not block.words(place).strip():
            turn = block.turn(place)
            yield Fault(check=CHECK.id, row=turn.row, path=turn.path, message="is empty")
