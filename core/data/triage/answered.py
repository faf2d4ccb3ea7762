"""Which rows of a finding were answered: kept with a reason, dropped, mended or covered."""

from collections.abc import Iterable

from core.data.triage.fixes import rule_named
from core.data.triage.operations import Change, Drop, Edit, Fix, Keep, Redact
from core.data.triage.replay import Plan

_COVERED = frozenset({"secret", "personal"})


def answered(plan: Plan, check: str, rows: Iterable[int]) -> frozenset[int]:
    """Return those of a check's rows that something was done about which answers it."""
    changes = plan.changes
    return frozenset(
        row for row in rows if row in changes and any(_answers(c, check) for c in changes[row])
    )


def _answers(change: Change, check: str) -> bool:
    """Return whether a change is an answer to what a check says."""
    match change:
        case Drop() | Edit():
            return True
        case Keep():
            return change.check == check
        case Fix():
            return check in rule_named(change.fix).checks
        case Redact():
            return check in _COVERED
