"""Finds the checks in their folder, runs them and groups what they found."""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, cast, get_args

import core.data.checks
from core.data.rows import Fault, Row, Severity

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""Worst first."""
_ROWS_SHOWN = 1000
_FAULTS_SHOWN = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a check is for; its module has a pure function beside it."""

    id: str
    severity: Severity
    """The usual severity; a single fault may say otherwise."""
    message: str
    """What the finding means for training, in one sentence."""
    remedy: str
    """What to do about it."""


class CheckModule(Protocol):
    """What every module in the folder offers."""

    CHECK: Check

    def find(self, rows: Sequence[Row]) -> Iterable[Fault]:
        """Yield what is wrong; the rows stand in file order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """All faults of one check at one severity."""

    check: str
    severity: Severity
    count: int
    """How many faults; one row may have several."""
    rows: tuple[int, ...]
    """Numbers of the rows, each once, the first thousand."""
    message: str
    remedy: str
    faults: tuple[Fault, ...]
    """The first thousand, with place and words."""

    def as_json(self) -> dict[str, object]:
        """Return the form inside `inspect --json`."""
        return {
            "check": self.check,
            "severity": self.severity,
            "count": self.count,
            "rows": list(self.rows),
            "message": self.message,
            "remedy": self.remedy,
            "faults": [fault.as_json() for fault in self.faults],
        }


def all_checks() -> Iterator[CheckModule]:
    """Yield the modules of the folder, by name."""
    for entry in sorted(pkgutil.iter_modules(core.data.checks.__path__), key=lambda e: e.name):
        yield cast(CheckModule, importlib.import_module(f"core.data.checks.{entry.name}"))


def find_all(rows: Sequence[Row]) -> tuple[Finding, ...]:
    """Return every finding over these rows, worst first."""
    findings: list[Finding] = []
    for module in all_checks():
        findings += _group(module.CHECK, list(module.find(rows)))
    return tuple(sorted(findings, key=lambda f: (SEVERITIES.index(f.severity), -f.count, f.check)))


def _group(check: Check, faults: list[Fault]) -> Iterator[Finding]:
    """Yield one finding for each severity among the faults of one check."""
    for severity in SEVERITIES:
        same = [fault for fault in faults if (fault.severity or check.severity) == severity]
        if same:
            numbers = sorted({fault.row for fault in same if fault.row is not None})
            yield Finding(
                check=check.id,
                severity=severity,
                count=len(same),
                rows=tuple(numbers[:_ROWS_SHOWN]),
                message=check.message,
                remedy=check.remedy,
                faults=tuple(same[:_FAULTS_SHOWN]),
            )


def blocked_rows(rows: Sequence[Row]) -> dict[int, str]:
    """Return, for every row that cannot be trained on, the first reason why."""
    blocked: dict[int, str] = {}
    for module in all_checks():
        for fault in module.find(rows):
            severity = fault.severity or module.CHECK.severity
            if severity == "blocker" and fault.row is not None:
                place = f"{fault.path} " if fault.path else ""
                blocked.setdefault(fault.row, f"{module.CHECK.id}: {place}{fault.message}")
    return blocked
