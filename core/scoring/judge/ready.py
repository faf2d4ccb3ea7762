"""Whether people have rated enough of a study for a judge to be held against them."""

from dataclasses import dataclass

from core.errors import DataError
from core.scoring.judge.calibration import FEWEST
from core.scoring.rated.table import Table
from core.scoring.study.folder import StudyFolder
from core.scoring.study.opened import (
    Locked,
    Sealed,
    read_locked,
    read_logs,
    read_sealed,
    seal_problem,
    table_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyStudy:
    """A study that a judge may be asked about."""

    locked: Locked
    """What was agreed."""
    sealed: Sealed
    """Whose answer is whose; its seal was opened before."""
    table: Table
    """What people said."""


def ready_study(folder: StudyFolder) -> ReadyStudy:
    """Return the study, or say what is missing before a judge means anything."""
    if not folder.revealed.exists():
        raise DataError(
            what=f"The seal of {folder.id} is shut.",
            why="Whoever sees what a judge chose rates by it, and a judge is held against people.",
            remedy=f"`tuningfork verdict {folder.id}` opens it once everything is rated.",
        )
    locked = read_locked(folder)
    logs, sealed = read_logs(folder, locked), read_sealed(folder)
    problems = [*locked.problems, *logs.problems]
    if wrong := seal_problem(locked, sealed):
        problems.append(wrong)
    if problems:
        raise DataError(
            what=f"{folder.id} can't be trusted: {problems[0]}",
            why="A judge would be held against ratings that nobody may have made.",
            remedy=f"`tuningfork study verify {folder.id}` names everything that does not hold.",
        )
    table = table_of(locked, logs, sealed)
    tuned = locked.plan.tuned
    rated = {
        item
        for name in table.contenders
        if name != tuned
        for item in table.differences(tuned, name)
    }
    if len(rated) < FEWEST:
        raise DataError(
            what=f"People have rated {len(rated)} items of {folder.id}; a judge needs {FEWEST}.",
            why="Its choices are shown only with its agreement with people; fewer can't tell it.",
            remedy="Rate a larger study first; nothing was asked.",
        )
    return ReadyStudy(locked=locked, sealed=sealed, table=table)
