"""The jobs of a workspace as rows; a look reads only what is new."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from rich.text import Text

from tui.widgets.record_table import Column, RecordTable, records_of
from tui.widgets.safe_text import safe_text
from tui.wording import (
    LIVE,
    STALLED,
    age,
    coarse,
    duration,
    figure,
    phase_words,
    progress,
    sign,
    span,
)

if TYPE_CHECKING:
    from core.jobs.store import JobList, JobSummary
    from core.workspace import Workspace

EMPTY = (
    Text("No job yet.", style="strong"),
    Text.assemble(("tuningfork demo", "key"), " shows the whole way on a small model."),
    Text.assemble(("T", "key"), " sets up a training; it goes on when you leave."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """One job now, in words ready to be shown."""

    id: str
    kind: str
    name: str
    """Not yet safe to show."""
    state: str
    where: str
    """Phase while it lives."""
    how_far: str
    left: str
    """Remaining time while it lives."""
    best: str
    newest: str
    """Age of the newest event."""
    created_at: str = ""
    best_loss: float | None = None
    seconds: float | None = None
    """From the first start to the newest event; None before a start."""
    took: str = ""
    """The same in words, so rounded while it lives that it seldom changes."""
    data: str = ""
    """Beginning of the hash of the holdout lock; empty for a run without one."""
    stalled: bool = False
    """Whether its worker lives and has said nothing for long."""

    @property
    def word(self) -> str:
        """The state as it is shown."""
        return STALLED if self.stalled else self.state

    @property
    def live(self) -> bool:
        """Whether a worker is at it or waits for its turn."""
        return self.state in LIVE


def jobs_table(id: str) -> RecordTable:
    """Return an empty table for jobs."""
    return RecordTable(
        Column(title="job"),
        Column(title="state", width=10),
        Column(title="phase", width=16, at_least=76),
        Column(title="progress", width=13, right=True),
        Column(title="left", width=14, right=True, at_least=60),
        Column(title="best loss", width=9, right=True, at_least=110),
        Column(title="newest event", width=12, right=True, at_least=96),
        Column(title="id", width=36, at_least=150),
        empty=EMPTY,
        id=id,
    )


def show_jobs(table: RecordTable, rows: tuple[JobRow, ...]) -> None:
    """Put the jobs into their table."""
    table.show(records_of([(row.id, _cells(row)) for row in rows]))


def _cells(row: JobRow) -> tuple[Text, ...]:
    """Return one job as cells."""
    glyph, ink = sign(row.word)
    return (
        safe_text(row.name or row.id, limit=60),
        Text(f"{glyph} {row.word}", style=ink),
        Text(row.where),
        Text(row.how_far),
        Text(row.left),
        Text(row.best),
        Text(row.newest, style="muted"),
        Text(row.id, style="muted"),
    )


class JobRows:
    """Reads what changed since the last look at the jobs of a workspace."""

    def __init__(self, workspace: "Workspace") -> None:
        self._workspace = workspace
        self._list: JobList | None = None

    def read(self, now: datetime) -> tuple[JobRow, ...]:
        """Return the jobs, newest first."""
        from core.jobs.store import JobList

        if self._list is None:
            self._list = JobList(self._workspace)
        return tuple(_row(job, now) for job in self._list.look())


def _row(job: "JobSummary", now: datetime) -> JobRow:
    """Return what is known of a job in words."""
    from core.events.timing import eta, seconds_between, silence
    from core.jobs.status import stall_of

    state = job.run_state
    live = job.state in LIVE
    left = eta(state) if live else None
    quiet = silence(state, now) if live else None
    counted = progress(state.phase_done, state.phase_total)
    at = state.last_event_at
    seconds = seconds_between(state.started_at, state.ended_at or at)
    words = coarse if live else duration
    return JobRow(
        id=job.id,
        kind=job.kind,
        name=job.name,
        state=job.state,
        where=phase_words(state.phase) if live else "",
        how_far=progress(state.step, state.total_steps) if state.total_steps else counted,
        left=span(*left) if left else ("measuring" if job.state == "running" else ""),
        best=figure(state.best_loss),
        newest=age(quiet) if quiet is not None else f"{at[5:10]} {at[11:16]}".strip(),
        created_at=job.created_at,
        best_loss=state.best_loss,
        seconds=seconds,
        took="" if seconds is None else words(seconds),
        data=state.split_hash[:8],
        stalled=stall_of(state, job.liveness, now) is not None,
    )
