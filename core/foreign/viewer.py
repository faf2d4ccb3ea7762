"""Follows a run of another program with the same folds and words as one of ours."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from core.events import alerts
from core.events.curves import Curves
from core.events.folding import apply
from core.events.reader import Faults
from core.events.run_state import OVER, RunState
from core.events.schema import Event, MessageLogged, RunCreated, StepLogged
from core.events.series import Series
from core.events.timing import seconds_between, silence
from core.foreign.figures import moment
from core.foreign.source import Further, Source
from core.jobs.record import JobRecord
from core.jobs.status import JobState, JobStatus

_QUIET_S = 180.0
"""Silence that no longer looks like work, where points come faster than this."""
_GAPS = 3
"""A run whose points are far apart is quiet after this many of its usual distances."""


class _Fold:
    """What one source has said so far."""

    def __init__(self, source: Source, name: str) -> None:
        self.source = source
        self.more = False
        self._created = RunCreated(kind="foreign", name=name, device="")
        self._damaged = 0
        self._begin()

    def _begin(self) -> None:
        self.run = apply(RunState(), replace(self._created, seq=1))
        self.curves = Curves()
        self.further: dict[str, Series] = {}
        self.gap = 0.0
        """Largest distance between two points in time that was seen, in seconds."""
        self._point_at = ""
        self._watch = alerts.Watch()

    @property
    def told(self) -> bool:
        """Whether there was anything."""
        return bool(self._point_at)

    def look(self) -> None:
        """Take in what is new."""
        found = self.source.read()
        if found.restarted:
            self._begin()
        for event in found.events:
            self._take(event)
        for one in found.further:
            self._keep(one)
        self.more = found.more
        damaged = self.source.damaged
        if damaged > self._damaged and not found.more:
            files = self.source.files
            where = Path(files[-1]).name if files else "the files"
            text = f"{damaged} damaged records or lines were passed over, the newest in {where}."
            self._take(MessageLogged(t=self._point_at, level="warning", text=text))
            self._damaged = damaged

    def _take(self, event: Event) -> None:
        t = event.t or moment(self.source.changed)
        numbered: Event = replace(event, seq=self.run.seq + 1, t=t)
        if not isinstance(event, MessageLogged):
            passed = seconds_between(self._point_at, t) if self._point_at else None
            self.gap = max(self.gap, passed or 0.0)
            self._point_at = t or self._point_at
        before = self.run.step
        if isinstance(event, StepLogged) and self.run.ended_at:
            self.run = replace(self.run, ended_at="", end_reason="")  # it went on after its end
        self.run = apply(self.run, numbered)
        self.curves.add(_with_whole_time(numbered, since=before))
        if not event.seq:  # no worker of ours has looked at it
            self._watch, found = alerts.look(self._watch, event)
            for alert in found:
                # No key of ours acts on somebody else's run.
                alert = replace(alert, seq=self.run.seq + 1, t=t, key="")
                self.run = apply(self.run, alert)

    def _keep(self, point: Further) -> None:
        series = self.further.setdefault(point.tag, Series("loss"))
        if point.step >= series.last_step:
            series.add(StepLogged(step=point.step, loss=point.value))


def made_up_record(name: str) -> JobRecord:
    """Return a record for a run that nobody of ours asked for."""
    return JobRecord(
        id=name,
        kind="foreign",
        name=name,
        device="",
        created_at="",
        created_by="",
        host="",
        entry="",
        spec={},
    )


class ForeignViewer:
    """Follows what lies at a path; whether it lives is told by its newest point alone."""

    def __init__(
        self, path: Path, sources: Sequence[Source], *, clock: Callable[[], datetime]
    ) -> None:
        self.path = path
        self.caught_up = False
        """Whether all that there was at the last look is folded in."""
        self._clock = clock
        self._folds = [_Fold(source, path.name) for source in sources]
        self._shown = self._folds[0]
        self._record = made_up_record(path.name)
        self._status = self._judged()

    @property
    def curves(self) -> Curves:
        """Every metric's points, for charts."""
        return self._shown.curves

    @property
    def further(self) -> dict[str, Series]:
        """Curves without a name of ours, by what they are called; not yet safe to show."""
        return self._shown.further

    @property
    def files(self) -> tuple[str, ...]:
        """All that is read; not yet safe to show."""
        return tuple(file for fold in self._folds for file in fold.source.files)

    @property
    def status(self) -> JobStatus:
        """Return what is known since the last look."""
        return self._status

    def look(self, budget_events: int = 20_000) -> bool:
        """Take in what is new, some thousand points at most; return whether anything changed."""
        before = self._status
        for fold in self._folds:
            fold.look()
        self.caught_up = not any(fold.more for fold in self._folds)
        self._shown = self._freshest()
        self._status = self._judged()
        return self._status != before

    def look_until_caught_up(self) -> JobStatus:
        """Take in everything there is and return the status."""
        self.look()
        while not self.caught_up:
            self.look()
        return self._status

    def _freshest(self) -> _Fold:
        """Return the source that changed last; of two that know the same, the live one."""
        told = [fold for fold in self._folds if fold.told]
        if not told:
            return self._shown
        newest = max(told, key=lambda fold: fold.source.changed)
        same = [one for one in told if one.source.live and one.run.step == newest.run.step]
        return next(iter(same), newest)

    def _judged(self) -> JobStatus:
        run = self._completed(self._shown.run)
        return JobStatus(
            record=self._record,
            state=self._state(run),
            liveness="unknown",
            run_state=run,
            faults=Faults(garbage=sum(fold.source.damaged for fold in self._folds)),
        )

    def _completed(self, run: RunState) -> RunState:
        """Return the state with the plan and the checkpoints, which another source may know."""
        for fold in self._folds:
            other = fold.run
            if run.total_steps is None and (other.total_steps or 0) >= max(run.step, 1):
                run = replace(run, total_steps=other.total_steps, epochs=other.epochs)
            if not run.checkpoints and other.checkpoints:
                run = replace(run, checkpoints=other.checkpoints)
            if other.lifecycle == "finished" and run.step and other.step == run.step:
                run = replace(run, lifecycle="finished", end_reason=other.end_reason)
        return run

    def _state(self, run: RunState) -> JobState:
        """Return how it is, in words that claim no more than can be known."""
        if run.lifecycle in OVER:
            return run.lifecycle
        quiet = silence(run, self._clock()) if self._shown.told else None
        patience = max(_QUIET_S, _GAPS * self._shown.gap)
        return "seems to run" if quiet is not None and quiet < patience else "no new point"


def _with_whole_time(event: Event, *, since: int) -> Event:
    """Return a step with the time of all steps since the one logged before, for the time axis."""
    if isinstance(event, StepLogged) and event.step > since:
        return replace(event, seconds=event.seconds * (event.step - since))
    return event
