"""Files with too few rows to learn from and to measure with."""

from collections.abc import Iterator

from core.data.checking import Check
from core.data.rows import Fault
from core.data.scan.whole import Whole

CHECK = Check(
    id="size",
    severity="review",
    message="There are few rows: little to learn from, and a holdout that settles little.",
    remedy="Collect more; 500 or more rows are recommended.",
)
_MINIMUM = 10
_FEW = 50


def conclude(whole: Whole) -> Iterator[Fault]:
    """Yield one fault about the file when it has too few readable rows."""
    readable = whole.columns.rows
    if readable < _FEW:
        yield Fault(
            check=CHECK.id,
            row=None,
            message=f"the file has {readable} readable rows",
            severity="blocker" if readable < _MINIMUM else None,
        )
