"""Files with too few rows to learn from and to measure with."""

from collections.abc import Iterator

from core.data.checking import Check
from core.data.rows import Fault, Severity
from core.data.scan.whole import Whole

CHECK = Check(
    id="size",
    severity="review",
    message="There are few rows: little to learn from, and a holdout that settles little.",
    remedy="Collect more; 500 or more rows are recommended, and make a holdout tell something.",
)
_MINIMUM = 10
"""Fewer are refused by OpenAI's fine-tuning, which other services follow."""
_FEW, _ENOUGH = 50, 100
"""With 50 to 100 rows OpenAI's guide sees the first improvements."""


def conclude(whole: Whole) -> Iterator[Fault]:
    """Yield one fault about the file when it has too few readable rows."""
    readable = whole.columns.rows
    if readable >= _ENOUGH:
        return
    severity: Severity
    if readable < _MINIMUM:
        severity, why = "blocker", f"OpenAI's fine-tuning takes no fewer than {_MINIMUM}"
    else:
        severity = "review" if readable < _FEW else "info"
        why = f"OpenAI's guide sees first improvements at {_FEW} to {_ENOUGH}"
    message = f"the file has {readable} readable rows; {why}"
    yield Fault(check=CHECK.id, row=None, message=message, severity=severity)
