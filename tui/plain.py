"""The same facts as the screens, one a line, for pipes, dumb terminals and screen readers.

No cursor moves, no colours, and while a job is watched only what changed.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

from core.errors import TuningforkError
from core.sizes import human_bytes
from core.text_safety import clip, visible
from tui.hosted_state import cost_said, lost_words, place_words
from tui.wording import LIVE, STALLED, figure, phase_words, progress, span

if TYPE_CHECKING:
    from core.data.profile import Profile
    from core.events.run_state import RunState
    from core.events.schema import (
        AlertRaised,
        CheckpointSaved,
        ControlAnswered,
        Evaluated,
        MessageLogged,
    )
    from core.jobs.status import JobState, JobStatus
    from core.jobs.watching import JobViewer
    from core.stages import Overview

    _Happening = Evaluated | CheckpointSaved | AlertRaised | MessageLogged | ControlAnswered

_LOOK_EVERY_S = 0.25
_LIMIT = 400
_ROWS_SHOWN = 8
_TENTHS = 10


def _now() -> datetime:
    return datetime.now(UTC)


def wanted(stdin: TextIO | None, stderr: TextIO | None, environ: Mapping[str, str]) -> bool:
    """Return whether lines serve better than a screen: Textual reads stdin and draws on stderr."""
    if environ.get("TEXTUAL_DRIVER", "").startswith("textual.drivers.web_driver:"):
        return False  # drawn in a browser, through pipes
    drawn = stdin is not None and stdin.isatty() and stderr is not None and stderr.isatty()
    return not drawn or environ.get("TERM", "") in {"", "dumb", "unknown"}


def error_lines(error: TuningforkError) -> tuple[str, str, str]:
    """Return what happened, why, and what to do."""
    return _safe(error.what), _safe(error.why), _safe(error.remedy)


def overview_lines(overview: "Overview") -> Iterator[str]:
    """Yield one line a stage and the next step."""
    for view in overview.stages:
        yield f"{view.stage:<8} {view.state:<9} {_safe(view.line)}"
    yield f"next: {_safe(overview.next_step)} {_safe(overview.next_command)}"


def profile_lines(profile: "Profile", not_scanned: Iterable[str]) -> Iterator[str]:
    """Yield the verdict on a file, each finding with its remedy, and what was not looked at."""
    yield f"{profile.verdict.upper()}: {profile.rows} rows, {profile.valid_rows} usable"
    for finding in profile.findings:
        rows = ", ".join(map(str, finding.rows[:_ROWS_SHOWN]))
        more = ", ..." if len(finding.rows) > _ROWS_SHOWN else ""
        where = f" (rows {rows}{more})" if rows else ""
        yield f"{finding.severity:<8} {finding.check}: {_safe(finding.message)}{where}"
        yield f"         -> {_safe(finding.remedy)}"
    yield f"not scanned: {', '.join(not_scanned)}"


def _word(status: "JobStatus") -> str:
    return status.state


def _is_over(status: "JobStatus") -> bool:
    return status.state not in LIVE


def status_lines(
    status: "JobStatus",
    *,
    describe: Callable[["JobStatus"], str] = _word,
    now: datetime | None = None,
) -> Iterator[str]:
    """Yield all that is known about a job now; `describe` puts its state into words.

    Without `now` nobody can say that a worker has been silent for long.
    """
    from core.jobs.status import stall_of

    run = status.run_state
    stall = None if now is None else stall_of(run, status.liveness, now)
    yield f"job: {status.id}"
    yield f"name: {_safe(status.record.name)}"
    yield f"state: {describe(status)}{f', {STALLED}' if stall else ''}"
    if status.state == "queued" and run.behind:
        yield f"behind: {_safe(run.behind)}"
    if status.state in LIVE and (where := _phase(run)):
        yield f"phase: {where}"
    yield from _figures(run)
    if left := _left(status):
        yield left
    for sink in run.sinks:
        yield f"reports to: {_safe(sink.name)} ({sink.state})"
    yield from _ends(status)
    yield from _measured(run)
    for alert in (*run.alerts, *([stall] if stall else [])):
        yield _alert(alert.level, alert.step, f"{alert.message} {alert.action}")
    if run.checkpoints:
        newest = run.checkpoints[-1]
        yield f"newest checkpoint: step {newest.step}, {_safe(newest.path)}"


def _figures(run: "RunState") -> Iterator[str]:
    """Yield where a run stands: its place at a service, its cost, its steps and losses."""
    if place := place_words(run):
        yield f"service: {place}"
    if cost := cost_said(run):
        yield f"cost: {cost}"
    if run.step or run.total_steps:
        yield f"step: {progress(run.step, run.total_steps)}"
    if run.loss is not None:
        yield f"loss: {figure(run.loss)} (smoothed {figure(run.ema)})"
    if run.best_loss is not None:
        yield f"best validation loss: {figure(run.best_loss)} at step {run.best_step}"


def watch(
    viewer: "JobViewer",
    out: TextIO,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], datetime] = _now,
    is_over: Callable[["JobStatus"], bool] = _is_over,
    describe: Callable[["JobStatus"], str] = _word,
) -> "JobState":
    """Print changes until the job is over and return how it ended."""
    said = _Said(describe, clock)
    while True:
        status = viewer.look_until_caught_up()
        for line in said.new_lines(status):
            print(line, file=out, flush=True)
        if is_over(status):
            return status.state
        sleep(_LOOK_EVERY_S)


class _Said:
    """Remembers what was printed, so that a line is a change."""

    def __init__(
        self, describe: Callable[["JobStatus"], str], clock: Callable[[], datetime]
    ) -> None:
        self._describe = describe
        self._clock = clock
        self._stalled = False
        self._state = ""
        self._phase = ""
        self._tenth = -1
        self._seq = 0
        """Number of the newest line of the log that was printed."""

    def new_lines(self, status: "JobStatus") -> Iterator[str]:
        """Yield what is other than at the last call."""
        run = status.run_state
        if status.state != self._state:
            self._state = status.state
            queued = status.state == "queued" and run.behind
            behind = f" behind {_safe(run.behind)}" if queued else ""
            yield f"state: {self._describe(status)}{behind}"
        phase = phase_words(run.phase)
        if phase and phase != self._phase and status.state in LIVE:
            self._phase = phase
            yield f"phase: {phase}"
        yield from self._progress(status)
        kept: tuple[_Happening, ...] = (
            *run.evals,
            *run.checkpoints,
            *run.alerts,
            *run.messages,
            *run.requests,
        )
        fresh = sorted((one for one in kept if one.seq > self._seq), key=lambda one: one.seq)
        yield from map(_happened, fresh)
        self._seq = fresh[-1].seq if fresh else self._seq
        yield from self._silence(status)
        if status.state not in LIVE:
            yield from _ends(status)

    def _silence(self, status: "JobStatus") -> Iterator[str]:
        """Yield that the worker fell silent, or that it speaks again."""
        from core.jobs.status import stall_of

        stall = stall_of(status.run_state, status.liveness, self._clock())
        if stall is not None and not self._stalled:
            yield _alert(stall.level, stall.step, f"{stall.message} {stall.action}")
        elif self._stalled and stall is None and status.state in LIVE:
            yield f"state: {self._describe(status)} again"
        self._stalled = stall is not None

    def _progress(self, status: "JobStatus") -> Iterator[str]:
        """Yield a line at every tenth of the way."""
        run = status.run_state
        done, total = (run.step, run.total_steps)
        if not total:
            done, total = run.phase_done or 0, run.phase_total
        if not total:
            return
        tenth = done * _TENTHS // total
        if tenth != self._tenth and done:
            self._tenth = tenth
            loss = f", loss {figure(run.ema)}" if run.ema is not None else ""
            left = _left(status)
            yield f"progress: {progress(done, total)}{loss}{f', {left}' if left else ''}"


def _happened(event: "_Happening") -> str:
    """Return one line of a log in words."""
    from core.events.schema import AlertRaised, CheckpointSaved, Evaluated, MessageLogged

    match event:
        case Evaluated():
            best = ", the best so far" if event.best else ""
            return f"evaluation: step {event.step}, loss {figure(event.loss)}{best}"
        case CheckpointSaved():
            return f"checkpoint: step {event.step} ({event.why}), {_safe(event.path)}"
        case AlertRaised():
            return _alert(event.level, event.step, f"{event.message} {event.action}")
        case MessageLogged():
            return f"message: {_safe(event.text)}"
        case _:
            who = f"{_safe(event.by)}@{_safe(event.host)}"
            return f"request: {event.verb} by {who}: {_safe(event.effect)}"


def _ends(status: "JobStatus") -> Iterator[str]:
    """Yield how a job ended and what is left of it."""
    run = status.run_state
    if status.state == "lost" and (words := lost_words(run)):
        what, why, _ = words
        yield f"lost: {what} {why.strip()}"
        yield f"what to do: `tuningfork resume {status.id}`; nothing is sent twice"
    elif status.state == "lost":
        yield "lost: the worker is gone and said nothing; it was killed or the machine restarted"
        yield f"what to do: `tuningfork resume {status.id}` goes on from the newest checkpoint"
    elif run.failure is not None and status.state == "failed":
        yield f"failed: {_safe(run.failure.what)}"
        yield f"why: {_safe(run.failure.why)}"
        yield f"what to do: {_safe(run.failure.remedy)}"
    elif status.state in {"finished", "stopped"}:
        yield f"{status.state}: {_safe(run.end_reason)}"
        if run.best_path:
            yield f"result: {_safe(run.best_path)}"


def _measured(run: "RunState") -> Iterator[str]:
    """Yield what was found before step 1, and what the machine does."""
    if run.keys is not None:
        root = _safe(run.keys.lock[:12])
        found = f"{run.keys.intersection} in common"
        yield f"holdout: {run.keys.rows} rows compared with {root}, {found}"
    if run.ledger is not None:
        cut = f"{run.ledger.cut} cut by {run.ledger.supervised_cut} target tokens"
        yield f"masks: {run.ledger.rows} rows, {run.ledger.zero} that train nothing, {cut}"
        yield from (f"found: {_safe(one)}" for one in run.ledger.findings)
    if run.preflight is not None:
        done = run.preflight
        sizes = (done.peak_bytes, done.predicted_bytes, done.capacity_bytes)
        measured, predicted, capacity = map(human_bytes, sizes)
        yield f"memory: {measured} measured, {predicted} predicted, {capacity} there"
        for one in done.decisions:
            words = f"{one.what}: {one.was} -> {one.now}, because {one.why}"
            yield f"decided: {_safe(words)}"
    for lack in run.out_of_memory:
        yield f"out of memory: step {lack.step}, {lack.rows} rows, done again in halves"
    if run.resources is not None:
        read = run.resources
        yield f"worker: {human_bytes(read.rss)}, {read.cpu:.1f} cores"
        yield f"disk free: {human_bytes(read.disk_free)}"
        for gpu in read.gpus:
            used = f"{human_bytes(gpu.used)} of {human_bytes(gpu.total)}"
            yield f"gpu {gpu.index}: {used}, {gpu.busy:.0%} busy"


def _phase(run: "RunState") -> str:
    """Return the phase with its count."""
    counted = progress(run.phase_done, run.phase_total)
    return f"{phase_words(run.phase)} {counted} {_safe(run.phase_unit)}".strip()


def _left(status: "JobStatus") -> str:
    """Return the remaining time, or nothing where none can be said."""
    from core.events.timing import eta

    left = eta(status.run_state) if status.state in LIVE else None
    return f"time left: {span(*left)}" if left else ""


def _alert(level: str, step: int, words: str) -> str:
    return f"alert ({level}): step {step}, {_safe(words.strip())}"


def _safe(value: str) -> str:
    """Return a value as one line that nothing obeys."""
    return visible(clip(value, _LIMIT))
