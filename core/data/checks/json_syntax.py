"""Lines that are not one strict JSON value."""

from collections.abc import Iterator, Sequence

from core.data.checking import Check
from core.data.rows import Fault, Row

CHECK = Check(
    id="json",
    severity="blocker",
    message="The line is not one strict JSON value, so loaders stop at it or misread it.",
    remedy="Mend the line at the column shown; one object a line, no trailing comma.",
)


def find(rows: Sequence[Row]) -> Iterator[Fault]:
    """Yield what the parser found."""
    return (fault for row in rows for fault in row.faults if fault.check == CHECK.id)
