"""Finds the checks in their folder and groups what they find."""

import importlib
import pkgutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, get_args

import core.data.checks
from core.data.asked import Asked
from core.data.block import Block
from core.data.partners import Partners
from core.data.row_numbers import RowNumbers
from core.data.rows import Fault, LikeRows, Severity

if TYPE_CHECKING:
    from core.data.scan.whole import Whole

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""Worst first."""
ROWS_SHOWN = 1000
"""Rows of a finding that are printed one by one."""
FAULTS_SHOWN = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a check is for; its module has pure functions beside it."""

    id: str
    severity: Severity
    """The usual severity; a single fault may say otherwise."""
    message: str
    """What the finding means for training, in one sentence."""
    remedy: str
    """What to do about it."""
    bars: bool = True
    """Whether a blocker of it keeps the row out of a split; where False, a person decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckModule:
    """What a module of the folder offers; each function is optional, one at least is there."""

    check: Check
    find: Callable[[Block, Asked], Iterable[Fault]] | None
    """What is wrong with the rows of one block, each looked at by itself."""
    gather: Callable[[Block], Counter[str]] | None
    """Counts that are added up over the file."""
    conclude: "Callable[[Whole], Iterable[Fault | LikeRows]] | None"
    """What is wrong between rows, or with the file; looked at once, at the end."""
    missing: Callable[[Asked], tuple[str, ...]] | None
    """What of its work is not done, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """All faults of one check at one severity."""

    check: str
    severity: Severity
    count: int
    """How many faults; one row may have several."""
    row_count: int
    """How many rows."""
    exposures: int
    """How often training would show these rows: their number times the epochs."""
    rows: Sequence[int]
    """Numbers of the rows, each once, every one of them."""
    message: str
    remedy: str
    faults: tuple[Fault, ...]
    """The first thousand, with place and words."""
    partners: Partners = field(default_factory=Partners)
    """Which row each row is too much like, of every row that has such a one in this file."""

    def as_json(self) -> dict[str, object]:
        """Return the form inside `inspect --json`."""
        return {
            "check": self.check,
            "severity": self.severity,
            "count": self.count,
            "row_count": self.row_count,
            "exposures": self.exposures,
            "rows": list(self.rows[:ROWS_SHOWN]),
            "message": self.message,
            "remedy": self.remedy,
            "faults": [fault.as_json() for fault in self.faults],
        }


@dataclass(slots=True)
class Tally:
    """Faults of one check at one severity, listed in part; their rows are all there."""

    count: int = 0
    rows: RowNumbers = field(default_factory=RowNumbers)
    faults: list[Fault] = field(default_factory=list)
    """The first thousand."""
    partners: Partners = field(default_factory=Partners)

    def add(self, fault: Fault) -> None:
        """Count one more."""
        self.count += 1
        if len(self.faults) < FAULTS_SHOWN:
            self.faults.append(fault)
        if fault.row is not None:
            self.rows.add(fault.row)
            if fault.other is not None:
                self.partners.add(fault.row, fault.other)

    def add_all(self, like: LikeRows) -> None:
        """Count many more."""
        self.count += len(like.rows)
        self.faults += like.faults(FAULTS_SHOWN - len(self.faults))
        self.rows.add_all(like.rows)
        self.partners.add_all(like.rows, like.others)

    def extend(self, later: "Tally") -> None:
        """Take over the faults of rows that come after."""
        self.count += later.count
        self.rows.update(later.rows)
        self.partners.update(later.partners)
        self.faults += later.faults[: FAULTS_SHOWN - len(self.faults)]


Tallies = dict[tuple[str, Severity], Tally]
"""By the id of the check and the severity."""


@cache
def all_checks() -> Mapping[str, CheckModule]:
    """Return the modules of the folder by the id of their check."""
    found: dict[str, CheckModule] = {}
    for entry in sorted(pkgutil.iter_modules(core.data.checks.__path__), key=lambda e: e.name):
        module = importlib.import_module(f"core.data.checks.{entry.name}")
        found[module.CHECK.id] = CheckModule(
            check=module.CHECK,
            find=getattr(module, "find", None),
            gather=getattr(module, "gather", None),
            conclude=getattr(module, "conclude", None),
            missing=getattr(module, "missing", None),
        )
    return found


def count_faults(tallies: Tallies, check: Check, faults: Iterable[Fault | LikeRows]) -> None:
    """Add what one check found to the tallies."""
    for fault in faults:
        severity = fault.severity or check.severity
        if isinstance(fault, Fault):
            tallies.setdefault((check.id, severity), Tally()).add(fault)
        elif len(fault.rows):
            tallies.setdefault((check.id, severity), Tally()).add_all(fault)


def merge(into: Tallies, later: Tallies) -> None:
    """Add the tallies of rows that come after."""
    for key, tally in later.items():
        into.setdefault(key, Tally()).extend(tally)


def findings_of(tallies: Tallies, *, epochs: int = 1) -> tuple[Finding, ...]:
    """Return the findings, worst first."""
    checks = all_checks()
    found = [
        Finding(
            check=id,
            severity=severity,
            count=tally.count,
            row_count=len(tally.rows),
            exposures=len(tally.rows) * epochs,
            rows=tally.rows.copy(),
            message=checks[id].check.message,
            remedy=checks[id].check.remedy,
            faults=tuple(tally.faults),
            partners=tally.partners.copy(),
        )
        for (id, severity), tally in tallies.items()
    ]
    return tuple(sorted(found, key=lambda f: (SEVERITIES.index(f.severity), -f.count, f.check)))


def note_blocked(blocked: dict[int, str], check: Check, faults: Iterable[Fault]) -> None:
    """Note every row that one check keeps from training, unless another reason is known."""
    if not check.bars:
        return
    for fault in faults:
        if (fault.severity or check.severity) == "blocker" and fault.row is not None:
            place = f"{fault.path} " if fault.path else ""
            blocked.setdefault(fault.row, f"{check.id}: {place}{fault.message}")
