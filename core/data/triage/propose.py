"""Which operation answers a finding, and on which of its rows it changes something."""

from collections.abc import Iterable

from core.data.triage.fixes import rules_for
from core.data.triage.operations import Fix


def fix_for(check: str, lines: Iterable[tuple[int, bytes]]) -> Fix | None:
    """Return the fix of the rule that helps most of these rows; None where none helps any."""
    kept = list(lines)
    best: Fix | None = None
    for rule in rules_for(check):
        rows = tuple(row for row, line in kept if rule.mend(line) != line)
        if rows and (best is None or len(rows) > len(best.rows)):
            best = Fix(fix=rule.name, rows=rows)
    return best
