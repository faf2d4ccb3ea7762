"""Bytes that are not text, or text that other programs refuse."""

from collections.abc import Iterator

from core.data.asked import Asked
from core.data.block import Block
from core.data.checking import Check
from core.data.rows import Fault

CHECK = Check(
    id="encoding",
    severity="blocker",
    message="The bytes are not clean UTF-8, so no two programs read the same text.",
    remedy="Save the file as UTF-8 without a byte order mark and without NUL bytes.",
)


def find(block: Block, asked: Asked) -> Iterator[Fault]:
    """Yield what decoding found."""
    return (fault for fault in block.faults if fault.check == CHECK.id)
