"""Files with too few rows to learn from and to measure with."""

from collections.abc import Iterator, Sequence

from core.data.checking import Check
from core.data.rows import Fault, Row

CHECK = Check(
    id="size",
    severity="review",
    message="There are few rows: little to learn from, and a holdout that settles little.",
    remedy="Collect more; 500 or more rows are recommended.",
)
_MINIMUM = 10
_FEW = 50


def find(rows: Sequence[Row]) -> Iterator[Fault]:
    """Yield one fault about the file when it has too few readable rows."""
    readable = sum(row.example is not None for row in rows)
    if readable < _FEW:
        yield Fault(
            check=CHECK.id,
            row=None,
            message=f"the file has {readable} readable rows",
            severity="blocker" if readable < _MINIMUM else None,
        )
