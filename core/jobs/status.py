"""What a job is doing: its log and its lock together, the same for every viewer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec

from core.events.curves import Curves
from core.events.fold import Fold
from core.events.reader import Faults
from core.events.run_state import OVER, RunState
from core.events.schema import AlertRaised, CostKnown
from core.events.stall import stalled
from core.events.timing import eta, silence
from core.jobs.last_words import failed_unheard
from core.jobs.liveness import Liveness, Sight, examine
from core.jobs.record import JobRecord, read_record
from core.workspace import RunFolder

JobState = Literal[
    "queued",
    "starting",
    "running",
    "stopping",
    "stopped",
    "finished",
    "failed",
    "lost",
    "seems to run",
    "no new point",
]
"""The last two are all that can be said of a run of another program: it holds no lock of ours."""
LIVE: frozenset[JobState] = frozenset({"queued", "starting", "running", "stopping", "seems to run"})
"""States in which a worker lives, or may live on another machine."""
SCORED = "Every contender has answered. `tuningfork verdict` and Score say what that shows."
"""How every scoring ends, whatever its log says: who rates blind reads lists of jobs, too."""
_BYTES_AN_EVENT = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus:
    """All a viewer says about a job."""

    record: JobRecord
    state: JobState
    liveness: Liveness
    run_state: RunState
    faults: Faults
    """What the log holds besides events."""

    @property
    def id(self) -> str:
        """Return the job's id."""
        return self.record.id

    def as_json(self, *, now: datetime | None = None) -> dict[str, Any]:
        """Return the stable form that `--json` prints; fields are added, never renamed.

        With `now` a worker that lives and says nothing is among the alerts, as on a screen.
        """
        run = self.run_state
        stall = None if now is None else stall_of(run, self.liveness, now)
        left = eta(run) if self.state in LIVE else None
        return {
            "run": self.record.id,
            "state": self.state,
            "phase": run.phase,
            "step": run.step,
            "total_steps": run.total_steps,
            "train_loss": run.loss,
            "eval_loss": run.eval_loss,
            "best_step": run.best_step,
            "eta_s": None if left is None else round((left.low_s + left.high_s) / 2, 1),
            "alerts": [
                {
                    "rule": alert.rule,
                    "level": alert.level,
                    "step": alert.step,
                    "message": alert.message,
                    "action": alert.action,
                    "evidence": alert.evidence,
                    "key": alert.key,
                }
                for alert in (*run.alerts, *([stall] if stall else []))
            ],
            "stalled": stall is not None,
            "sinks": [
                {"name": sink.name, "state": sink.state, "message": sink.message}
                for sink in run.sinks
            ],
            "kind": self.record.kind,
            "name": self.record.name,
            "device": self.record.device,
            "attempt": run.attempt,
            "liveness": self.liveness,
            "behind": run.behind if self.state == "queued" else "",
            "position": run.position if self.state == "queued" else None,
            "phase_done": run.phase_done,
            "phase_total": run.phase_total,
            "phase_unit": run.phase_unit,
            "smoothed_loss": run.ema,
            "best_loss": run.best_loss,
            "best_path": run.best_path,
            "bad_steps": run.bad_steps,
            "eta_low_s": None if left is None else round(left.low_s, 1),
            "eta_high_s": None if left is None else round(left.high_s, 1),
            "started_at": run.started_at,
            "ended_at": run.ended_at,
            "last_event_at": run.last_event_at,
            "reason": run.end_reason,
            "failure": None
            if run.failure is None
            else {
                "what": run.failure.what,
                "why": run.failure.why,
                "remedy": run.failure.remedy,
                "report": run.failure.report,
                "part": run.failure.part or None,
                "rows": list(run.failure.rows or ()),
            },
            "hosted": None
            if run.hosted is None
            else {
                "provider": run.hosted.provider,
                "job": run.hosted.job,
                "status": run.hosted.status,
                "note": run.hosted.note,
            },
            "estimate": _cost(run.estimate),
            "billed": _cost(run.billed),
            "host": None if run.worker is None else run.worker.host,
            "pid": None if run.worker is None else run.worker.pid,
        }


def _cost(cost: CostKnown | None) -> dict[str, Any] | None:
    """Return what a run costs as `--json` prints it; None where nobody said."""
    if cost is None:
        return None
    return {
        "tokens": cost.tokens,
        "low": cost.low,
        "high": cost.high,
        "currency": cost.currency,
        "source": cost.source,
        "as_of": cost.as_of,
    }


def stall_of(run: RunState, liveness: Liveness, now: datetime) -> AlertRaised | None:
    """Return that a worker which lives has said nothing for long, which no log can say."""
    quiet = silence(run, now) if liveness == "alive" else None
    return None if quiet is None else stalled(run, quiet)


def told(record: JobRecord, run: RunState) -> RunState:
    """Return a state as it may be shown: without the verdict that the log of a score may hold."""
    if record.kind != "score" or run.lifecycle != "finished":
        return run
    return msgspec.structs.replace(run, end_reason=SCORED)


def job_state(run: RunState, sight: Sight) -> JobState:
    """Return the state in one word: what the log says, unless nobody lives to make it true."""
    if sight.liveness == "alive":
        resumed = sight.holder is not None and sight.holder.attempt > run.attempt
        return "starting" if resumed else run.lifecycle
    if run.lifecycle in OVER or sight.liveness == "unknown":
        return run.lifecycle
    return "lost"


class Viewer:
    """Follows one job; any number may, in any process, and none is noticed by the job."""

    def __init__(self, folder: RunFolder, record: JobRecord | None = None) -> None:
        self.folder = folder
        self.record = record or read_record(folder)
        self._fold = Fold(folder.events, folder.snapshot)
        self._sight: Sight | None = None
        self._status = self._judged()

    @property
    def curves(self) -> Curves:
        """Return every metric's points, for charts."""
        return self._fold.curves

    @property
    def caught_up(self) -> bool:
        """Return whether all that the log held at the last look is folded in."""
        return self._fold.caught_up

    @property
    def status(self) -> JobStatus:
        """Return what is known since the last look."""
        return self._status

    def look(self, budget_events: int = 20_000) -> bool:
        """Take in about that many new events; return whether anything changed.

        While `caught_up` is false there is more at once, so that a caller with a screen can let
        it breathe in between.
        """
        sight = examine(self.folder)  # before the log: what it says after that is the whole truth
        restarted = self._fold.read(budget_events * _BYTES_AN_EVENT)
        if self.caught_up:
            self._sight = sight
            self._fold.keep()
        before = self._status
        self._status = self._judged()
        return restarted or self._status != before

    def look_until_caught_up(self) -> JobStatus:
        """Take in everything the log holds and return the status."""
        self.look()
        while not self.caught_up:
            self.look()
        return self._status

    def _judged(self) -> JobStatus:
        """Return the status; until the log is read to its end nobody is called dead."""
        run = self._fold.run
        sight = self._sight or Sight("unknown", None)
        state = job_state(run, sight) if self.caught_up else run.lifecycle
        if self.caught_up and sight.liveness == "gone":
            unheard = failed_unheard(self.folder, run, lost=state == "lost")
            if unheard is not None:
                run, state = unheard, unheard.lifecycle
        return JobStatus(
            record=self.record,
            state=state,
            liveness=sight.liveness,
            run_state=told(self.record, run),
            faults=self._fold.faults,
        )


def read_status(folder: RunFolder) -> JobStatus:
    """Return what a job is doing, from its whole log."""
    return Viewer(folder).look_until_caught_up()
