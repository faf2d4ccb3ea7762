"""Rows that are JSON and no conversation."""

from collections.abc import Iterator, Sequence

from core.data.checking import Check
from core.data.rows import Fault, Row

CHECK = Check(
    id="schema",
    severity="blocker",
    message="The row is not a conversation with at least one answer, so it cannot be trained on.",
    remedy="Put each turn as {role, content} into `messages`, with an assistant turn.",
)


def find(rows: Sequence[Row]) -> Iterator[Fault]:
    """Yield every fault of shape."""
    return (fault for row in rows for fault in row.faults if fault.check == CHECK.id)
