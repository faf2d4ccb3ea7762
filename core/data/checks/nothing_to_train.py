"""Rows whose every answer is switched off."""

from collections.abc import Iterator

from core.data.asked import Asked
from core.data.block import Block
from core.data.checking import Check
from core.data.rows import Fault

CHECK = Check(
    id="nothing_to_train",
    severity="blocker",
    message="No turn of the row carries loss, so it trains nothing.",
    remedy="Give an answer weight 1, or drop the row.",
)


def find(block: Block, asked: Asked) -> Iterator[Fault]:
    """Yield every row in which all answers have weight 0."""
    # A row without weights and other fields was taken because somebody answers in it.
    for row in sorted({*block.weights, *block.examples}):
        turns = block.turns(row)
        if not block.trains[turns.start : turns.stop].any():
            number = int(block.numbers[row])
            yield Fault(check=CHECK.id, row=number, message="has weight 0 on every answer")
