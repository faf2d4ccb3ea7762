"""What a length limit cuts once tokens are counted; takes the place of what bytes can prove."""

from collections.abc import Sequence
from typing import Final

from core.data.checking import FAULTS_SHOWN, SEVERITIES, Finding
from core.data.checks.truncation import CHECK
from core.data.lengths import at_limit
from core.data.row_numbers import RowNumbers
from core.data.rows import Fault, Severity
from core.training.size_account import SizeAccount

_REMEDY: Final = "Raise data.max_tokens, shorten the rows or drop them; t shows the exact cut."


def with_exact_truncation(findings: Sequence[Finding], account: SizeAccount) -> tuple[Finding, ...]:
    """Return the findings, worst first, with that about truncation as it was counted."""
    others = [one for one in findings if one.check != CHECK.id]
    counted = _finding(account)
    if counted is not None:
        others.append(counted)
    return tuple(sorted(others, key=lambda one: SEVERITIES.index(one.severity)))


def _finding(account: SizeAccount) -> Finding | None:
    """Return what the recipe's own limit cuts; None where every row fits."""
    found = at_limit(account.lengths, account.limit)
    if not found.longer:
        return None
    severity: Severity = "high" if found.trained_cut else "review"
    longer = [one for one in account.longest if one.tokens > account.limit]
    many = "1 sequence" if found.longer == 1 else f"{found.longer:,} sequences"
    whose = "" if account.of_file else " of train and validation"
    return Finding(
        check=CHECK.id,
        severity=severity,
        count=found.longer,
        row_count=found.longer,
        exposures=found.longer,
        rows=RowNumbers(one.row for one in longer if account.of_file),
        message=(
            f"{many}{whose} {'is' if found.longer == 1 else 'are'} longer than"
            f" {account.limit:,} tokens; {found.trained_cut or 0:,} tokens with loss are cut."
        ),
        remedy=_REMEDY,
        faults=tuple(
            Fault(
                check=CHECK.id,
                row=one.row if account.of_file else None,
                message=f"{'' if account.of_file else f'{one.part} row {one.row:,} '}"
                f"has {one.tokens:,} tokens",
            )
            for one in longer[:FAULTS_SHOWN]
        ),
    )
