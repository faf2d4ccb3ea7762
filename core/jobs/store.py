"""All jobs of a workspace at a glance, cheap enough to be asked for every second."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from core.errors import TuningforkError
from core.events.fold import WORTH_BYTES, read_snapshot
from core.events.folding import apply_all
from core.events.reader import EventReader, read_ends
from core.events.run_state import OVER, RunState
from core.jobs.last_words import failed_unheard
from core.jobs.liveness import Liveness, examine
from core.jobs.record import JobRecord, read_record
from core.jobs.status import JobState, job_state, told
from core.workspace import RunFolder, Workspace

_Stamp: TypeAlias = tuple[int, int, int]
_SHORT_BYTES = 2 * WORTH_BYTES
"""A log up to here is read whole; a longer one has a snapshot, which its worker keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSummary:
    """One line of the list of jobs."""

    id: str
    kind: str
    name: str
    """What a person calls it; not yet safe to show."""
    state: JobState
    liveness: Liveness = "unknown"
    device: str = "cpu"
    created_at: str = ""
    run_state: RunState = RunState()  # noqa: RUF009 - frozen
    """Of a long log its snapshot and both ends: lists and averages may be incomplete."""


class JobList:
    """The jobs of a workspace; reads again only what changed since the last look."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._records: dict[str, JobRecord] = {}
        self._states: dict[str, tuple[_Stamp, RunState]] = {}
        self._folds: dict[str, tuple[EventReader, RunState]] = {}
        self._snapshots: dict[str, RunState] = {}

    def look(self) -> tuple[JobSummary, ...]:
        """Return a line for each job, newest first; what cannot be read is left out."""
        folders = reversed(list(self._workspace.run_folders()))
        lines = (self._summary(folder) for folder in folders)
        return tuple(line for line in lines if line is not None)

    def _summary(self, folder: RunFolder) -> JobSummary | None:
        try:
            record = self._record(folder)
            sight = examine(folder)  # before the log: what it says after that is the whole truth
            run = self._state(folder)
        except TuningforkError:
            return None
        state = job_state(run, sight)
        if sight.liveness == "gone":
            unheard = failed_unheard(folder, run, lost=state == "lost")
            if unheard is not None:
                run, state = unheard, unheard.lifecycle
        return JobSummary(
            id=record.id,
            kind=record.kind,
            name=record.name,
            state=state,
            liveness=sight.liveness,
            device=record.device,
            created_at=record.created_at,
            run_state=told(record, run),
        )

    def _record(self, folder: RunFolder) -> JobRecord:
        """Return the record, which never changes."""
        if folder.id not in self._records:
            self._records[folder.id] = read_record(folder)
        return self._records[folder.id]

    def _state(self, folder: RunFolder) -> RunState:
        """Return the state of the log, folded on only when the file is another."""
        stamp = _stamp(folder.events)
        known = self._states.get(folder.id)
        if known is not None and known[0] == stamp:
            return known[1]
        state = self._long(folder) if stamp[1] > _SHORT_BYTES else self._short(folder)
        self._states[folder.id] = (stamp, state)
        return state

    def _short(self, folder: RunFolder) -> RunState:
        """Return the state of a log that is read whole, once, and from then on where it grew."""
        reader, state = self._folds.get(folder.id) or (EventReader(folder.events), RunState())
        more = True
        while more:
            batch = reader.read()
            state = apply_all(RunState() if batch.restarted else state, batch.events)
            more = batch.more
        self._folds[folder.id] = (reader, state)
        return state

    def _long(self, folder: RunFolder) -> RunState:
        """Return the state of a long log from its snapshot and its ends."""
        self._folds.pop(folder.id, None)
        if folder.id not in self._snapshots:
            found = read_snapshot(folder.events, folder.snapshot)
            if found is not None:
                self._snapshots[folder.id] = found
        begin = self._snapshots.get(folder.id, RunState())
        return apply_all(begin, read_ends(folder.events))


def list_jobs(workspace: Workspace) -> tuple[JobSummary, ...]:
    """Return a line for each job of the workspace, newest first."""
    return JobList(workspace).look()


def living_jobs(workspace: Workspace) -> tuple[JobSummary, ...]:
    """Return the jobs that are not over, newest first."""
    return tuple(job for job in list_jobs(workspace) if job.state not in {*OVER, "lost"})


def _stamp(path: Path) -> _Stamp:
    try:
        status = os.stat(path)
    except OSError:
        return (0, 0, 0)
    return (status.st_ino, status.st_size, status.st_mtime_ns)
