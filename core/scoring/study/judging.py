"""From a study to its verdict: is everything there, open the seal, judge, keep the result."""

import json
from dataclasses import dataclass, replace
from datetime import datetime

from core.database import connect
from core.errors import DataError
from core.scoring.answered_items import holdout_now
from core.scoring.judge.calibration import Calibration, calibrate, uncalibrated
from core.scoring.judge.kept import read_records
from core.scoring.rated.contract import as_json
from core.scoring.rated.section import Section
from core.scoring.rated.table import Table
from core.scoring.rated.verdict import RatedVerdict, judge
from core.scoring.study.folder import StudyFolder
from core.scoring.study.hiding import look_lines, note_of
from core.scoring.study.opened import (
    Locked,
    Logs,
    Sealed,
    integrity_of,
    missing_ratings,
    open_seal,
    read_locked,
    read_logs,
    read_sealed,
    table_of,
)
from core.scoring.study.provenance import Provenance, provenance_of
from core.scoring.study.upgrade import Upgrade, upgrade_of
from core.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A study's verdict and what it is computed from."""

    verdict: RatedVerdict
    """Decision, sentence and figures."""
    table: Table
    """The ratings by name."""
    provenance: Provenance
    """Where they come from."""
    judges: tuple[Calibration, ...]
    """How each language model that was asked agrees with the people; it decides nothing."""
    unshown: tuple[str, ...]
    """Why the choices of some are not shown."""
    upgrade: Upgrade | None
    """What changed since an older study; None where the plan names none."""

    @property
    def sections(self) -> tuple[Section, ...]:
        """What a report says beside the figures of the ratings."""
        found = [one.section() for one in self.judges]
        if self.unshown:
            found.append(Section(title="Judges that are not shown", notes=self.unshown))
        if self.upgrade is not None:
            found.insert(0, self.upgrade.section())
        return (*found, self.provenance.section())

    def as_json(self) -> dict[str, object]:
        """Return what `verdict STUDY --json` prints."""
        return as_json(self.verdict, self.table) | {
            "since": self.upgrade.as_json() if self.upgrade else None,
            "judges": [one.as_json() for one in self.judges],
            "provenance": self.provenance.as_json(),
        }


def judge_study(
    workspace: Workspace, folder: StudyFolder, *, early: bool, by: str, now: datetime
) -> Judged:
    """Return the verdict, and keep it in the workspace.

    The seal of a study of fixed size stays shut while planned ratings are missing, unless `early`
    says that no more will come; that verdict then says what is missing.
    """
    locked = read_locked(folder)
    logs = read_logs(folder, locked)
    if not folder.revealed.exists():
        _refuse_early(folder, locked, logs, early=early)
    sealed = read_sealed(folder)
    # A study that cannot be judged stays blind.
    found = _verdict(workspace, locked, logs, sealed)
    open_seal(folder, locked, by=by, now=now)
    judged = _judged(folder, locked, logs, sealed, *found)
    result = judged.as_json() | {"study": folder.id, "root": locked.holdout}
    with connect(workspace.database) as connection:
        connection.execute(
            "INSERT OR REPLACE INTO verdicts (id, created_at, run, result) VALUES (?, ?, ?, ?)",
            (folder.id, now.isoformat(), "", json.dumps(result, ensure_ascii=False)),
        )
    return judged


def _refuse_early(folder: StudyFolder, locked: Locked, logs: Logs, *, early: bool) -> None:
    """Keep a seal shut while ratings are missing, and say so where a broken log is why."""
    lacking = missing_ratings(locked, logs)
    if logs.standings and (not lacking or locked.plan.stopping == "sequential" or early):
        return
    if logs.problems:
        raise DataError(
            what=f"{folder.id} can't be trusted: {logs.problems[0]}",
            why=f"What follows there does not count, so {lacking:,} planned ratings are missing.",
            remedy="Put back the file as it was written, or --early for a verdict that says so.",
        )
    raise DataError(
        what=f"{lacking:,} planned ratings of {folder.id} are missing.",
        why="Whoever opens the seal early knows the result, and rates or stops by it.",
        remedy="`tuningfork study status` shows who is how far. If no more will come: --early.",
    )


def judged_again(workspace: Workspace, folder: StudyFolder) -> Judged:
    """Return the verdict of a study whose seal is open, from its logs; nothing is kept."""
    if not folder.revealed.exists():
        raise DataError(
            what=f"The seal of {folder.id} is shut.",
            why="A verdict names whose answer is whose.",
            remedy=f"`tuningfork verdict {folder.id}` opens it once everything is rated.",
        )
    locked = read_locked(folder)
    logs = read_logs(folder, locked)
    sealed = read_sealed(folder)
    found = _verdict(workspace, locked, logs, sealed)
    return _judged(folder, locked, logs, sealed, *found)


def _judged(
    folder: StudyFolder,
    locked: Locked,
    logs: Logs,
    sealed: Sealed,
    verdict: RatedVerdict,
    table: Table,
) -> Judged:
    """Return a verdict with what belongs to it once the seal is open."""
    tuned = locked.plan.tuned
    records = [(one, uncalibrated(one, table, tuned)) for one in read_records(folder)]
    return Judged(
        verdict=verdict,
        table=table,
        provenance=provenance_of(folder, locked, logs),
        judges=tuple(calibrate(one, table, tuned) for one, why in records if not why),
        unshown=tuple(why for _, why in records if why),
        upgrade=upgrade_of(folder, locked, logs, sealed),
    )


def _verdict(
    workspace: Workspace, locked: Locked, logs: Logs, sealed: Sealed
) -> tuple[RatedVerdict, Table]:
    table = table_of(locked, logs, sealed)
    holdout = holdout_now(workspace, locked.holdout)
    integrity = integrity_of(locked, logs, sealed, holdout=holdout)
    terms = locked.plan.terms(available=len(locked.items))
    verdict = judge(table, terms, integrity)
    notes = (note_of(line) for line in look_lines(logs.records.looks.entries))
    return replace(verdict, warnings=(*verdict.warnings, *notes)), table
