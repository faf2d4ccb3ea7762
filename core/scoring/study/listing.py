"""Every study of a workspace with how far it is; nothing here names a contender."""

from dataclasses import dataclass

from core.errors import TuningforkError
from core.scoring.rated.simulated import count_simulated
from core.scoring.study.evidence import evidence_of, needed_evidence
from core.scoring.study.folder import StudyFolder, study_folders
from core.scoring.study.glance import Glance, State, keep_glance, marks_of, read_glance
from core.scoring.study.opened import (
    Locked,
    Logs,
    missing_ratings,
    read_locked,
    read_logs,
    read_sealed,
)
from core.workspace import Workspace


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
    watched: bool
    """Whether the plan lets it stop on evidence."""
    may_stop: bool
    """Whether the evidence is enough for that; more ratings are not needed."""
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


def keep_glances(workspace: Workspace) -> None:
    """Count every study that changed since somebody did."""
    for folder in study_folders(workspace):
        known = read_glance(folder)
        if known is None or not known.fresh:
            study_row(folder)


def study_row(folder: StudyFolder) -> StudyRow:
    """Return one study of the list, and leave what was counted for who only glances at it."""
    marks = marks_of(folder)
    row = _counted(folder)
    keep_glance(
        folder,
        Glance(
            study=row.study,
            name=row.name,
            state=row.state,
            rated=row.rated,
            planned=row.planned,
            watched=row.watched,
            may_stop=row.may_stop,
            fresh=True,
        ),
        marks,
    )
    return row


def _counted(folder: StudyFolder) -> StudyRow:
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
            watched=False,
            may_stop=False,
            raters=(),
            problem=error.what,
        )
    planned = len(locked.sheet.items) * locked.plan.raters_per_item
    missing = missing_ratings(locked, logs)
    state: State = "blind" if missing else "complete"
    if folder.revealed.exists():
        state = "opened"
    return StudyRow(
        study=folder.id,
        name=locked.plan.name,
        state=state,
        rated=planned - missing,
        planned=planned,
        watched=locked.plan.stopping == "sequential",
        may_stop=state == "blind" and _enough(folder, locked, logs),
        raters=tuple(sorted(logs.standings)),
        problem="",
    )


def _enough(folder: StudyFolder, locked: Locked, logs: Logs) -> bool:
    """Return whether the evidence is enough to stop; a seal that cannot be read gives none."""
    if locked.plan.stopping != "sequential" or not logs.standings:
        return False
    try:
        found = evidence_of(locked, logs, read_sealed(folder))
    except TuningforkError:
        return False
    return found is not None and found >= needed_evidence(locked)
