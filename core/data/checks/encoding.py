"""Bytes that are not text, or text that other programs refuse."""

from collections.abc import Iterator, Sequence

from core.data.checking import Check
from core.data.rows import Fault, Row

CHECK = Check(
    id="encoding",
    severity="blocker",
    message="The bytes are not clean UTF-8, so no two programs read the same text.",
    remedy="Save the file as UTF-8 without a byte order mark and without NUL bytes.",
)


def find(rows: Sequence[Row]) -> Iterator[Fault]:
    """Yield what decoding found."""
    return (fault for row in rows for fault in row.faults if fault.check == CHECK.id)
