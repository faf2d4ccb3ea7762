"""Rows that are JSON and no conversation."""

from collections.abc import Iterator

from core.data.asked import Asked
from core.data.block import Block
from core.data.checking import Check
from core.data.rows import Fault

CHECK = Check(
    id="schema",
    severity="blocker",
    message="The row is not a conversation with at least one answer, so it cannot be trained on.",
    remedy="Put each turn as {role, content} into `messages`, with an assistant turn.",
)


def find(block: Block, asked: Asked) -> Iterator[Fault]:
    """Yield every fault of shape."""
    return (fault for fault in block.faults if fault.check == CHECK.id)
