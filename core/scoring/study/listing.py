"""Every study of a workspace with how far it is; nothing here names a contender."""

from dataclasses import dataclass
from typing import Literal

from core.errors import TuningforkError
from core.scoring.rated.simulated import count_simulated
from core.scoring.study.folder import StudyFolder, study_folders
from core.scoring.study.opened import missing_ratings, read_locked, read_logs
from core.workspace import Workspace

State = Literal["blind", "complete", "opened", "damaged"]
"""Being rated; rated and sealed; seal open; not readable any more."""

Marks = tuple[tuple[str, int, int], ...]
"""Name, size and time of every file that a study's figures follow from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRow:
    """One study of a list."""

    study: str
    """Its id."""
    name: str
    """What the plan calls it; the id where that cannot be read. Not yet safe to show."""
    state: State
    rated: int
    """Ratings of items that are there."""
    planned: int
    """Ratings of items that the plan asks for."""
    raters: tuple[str, ...]
    """Everybody with a log, by name."""
    problem: str
    """Why it cannot be read; empty while it can."""

    @property
    def simulated(self) -> int:
        """How many of those with a log are no people."""
        return count_simulated(self.raters)

    @property
    def missing(self) -> int:
        """Ratings of items that the plan still waits for."""
        return self.planned - self.rated


def list_studies(workspace: Workspace) -> list[StudyRow]:
    """Return every study, newest first; a damaged one is named and hides no other."""
    return [study_row(folder) for folder in reversed(study_folders(workspace))]


def study_row(folder: StudyFolder) -> StudyRow:
    """Return one study of the list."""
    try:
        locked = read_locked(folder)
        logs = read_logs(folder, locked)
    except TuningforkError as error:
        return StudyRow(
            study=folder.id,
            name=folder.id,
            state="damaged",
            rated=0,
            planned=0,
            raters=(),
            problem=error.what,
        )
    planned = len(locked.sheet.items) * locked.plan.raters_per_item
    missing = missing_ratings(locked, logs)
    state: State = "blind" if missing else "complete"
    return StudyRow(
        study=folder.id,
        name=locked.plan.name,
        state="opened" if folder.revealed.exists() else state,
        rated=planned - missing,
        planned=planned,
        raters=tuple(sorted(logs.standings)),
        problem="",
    )


def marks_of(folder: StudyFolder) -> Marks:
    """Return what changes when anything of a study does, without reading it."""
    found = []
    locked = (folder.plan, folder.sheet, folder.seal, folder.sealed, folder.revealed)
    named = (*locked, folder.looks, folder.exports, folder.ends)
    judges = sorted(folder.judges.glob("*.json"))
    for path in (*named, *judges, *(folder.log(rater) for rater in folder.raters())):
        try:
            status = path.stat()
        except OSError:
            continue
        found.append((path.name, status.st_size, status.st_mtime_ns))
    return tuple(found)
