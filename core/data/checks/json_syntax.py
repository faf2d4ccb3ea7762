"""Lines that are not one strict JSON value."""

from collections.abc import Iterator

from core.data.asked import Asked
from core.data.block import Block
from core.data.checking import Check
from core.data.rows import Fault

CHECK = Check(
    id="json",
    severity="blocker",
    message="The line is not one strict JSON value, so loaders stop at it or misread it.",
    remedy="Mend the line at the column shown; one object a line, no trailing comma.",
)


def find(block: Block, asked: Asked) -> Iterator[Fault]:
    """Yield what the parser found."""
    return (fault for fault in block.faults if fault.check == CHECK.id)
