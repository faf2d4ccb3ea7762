"""Lets any Hugging Face Trainer write our event log, so that `tuningfork watch` knows all of it.

    trainer = Trainer(..., callbacks=[TuningforkCallback()])

The log lies in the folder `tuningfork` of the output folder, and the lock beside it is held for as
long as training lasts. Nothing that goes wrong here reaches the training.
"""

import atexit
import functools
import logging
import os
import platform
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from transformers import TrainerCallback

from core.errors import EventLogError
from core.events import alerts
from core.events.schema import (
    CheckpointSaved,
    Event,
    MessageLogged,
    PhaseEntered,
    Planned,
    Resumed,
    RunCreated,
    RunFailed,
    RunFinished,
    RunStopped,
    WorkerStarted,
)
from core.events.writer import EventWriter, read_tail
from core.foreign.find import OWN
from core.foreign.points import Points
from core.foreign.trainer_state import folder_bytes
from core.jobs import lock, process
from core.jobs.record import JobRecord, write_record
from core.text_safety import clip, visible
from core.workspace import RunFolder

_PROGRESS_SECONDS = 2.0
_LOG = logging.getLogger(__name__)


def _harmless(method: Callable[..., None]) -> Callable[..., None]:
    """Let a fault of ours cost a line of the log and never a step of the training."""

    @functools.wraps(method)
    def guarded(self: "TuningforkCallback", *positional: Any, **named: Any) -> None:
        try:
            method(self, *positional, **named)
        except Exception as fault:  # the border to somebody else's training
            self._complain(fault)

    return guarded


class _Attempt:
    """One training under way: its lock, its log, and what was said last."""

    def __init__(self, folder: RunFolder, name: str, step: int) -> None:
        folder.path.mkdir(parents=True, exist_ok=True)
        descriptor = lock.take(folder.lock)
        if descriptor is None:
            raise EventLogError(
                what=f"Another training writes to {visible(str(folder.path))}.",
                why="Its lock is held, and a log has one writer.",
                remedy="Give this training an output folder of its own.",
            )
        self.descriptor = descriptor
        self.folder = folder
        self.began = self.said = self.logged = time.monotonic()
        self.step = step
        self.pid = os.getpid()
        self.points = Points()
        self.watch = alerts.Watch()
        try:
            self._open(name)
        except BaseException:
            os.close(descriptor)
            raise

    def _open(self, name: str) -> None:
        """Begin the log, or go on with it."""
        folder = self.folder
        self.number = read_tail(folder.events).attempt + 1
        holder = self._sign(name)
        self.log = EventWriter.open(
            folder.events, run=name, attempt=self.number, clock=lambda: datetime.now(UTC)
        )
        if self.number == 1:
            self.log.write(RunCreated(kind="foreign", name=name, device=""))
        self.log.write(
            WorkerStarted(
                pid=self.pid,
                start_time=holder.start_time or 0.0,
                boot_id=holder.boot_id,
                host=holder.host,
                user=process.user(),
                python=platform.python_version(),
            )
        )

    def _sign(self, name: str) -> lock.Holder:
        """Write into the lock and the record who this is."""
        here = process.here()
        now = datetime.now(UTC)
        holder = lock.Holder(
            run=name,
            attempt=self.number,
            since=now.timestamp(),
            host=here.host,
            boot_id=here.boot_id,
            pid_space=here.pid_space,
            pid=self.pid,
            start_time=process.start_time(self.pid),
        )
        lock.write_holder(self.descriptor, holder, self.folder.lock)
        record = JobRecord(
            id=name,
            kind="foreign",
            name=name,
            device="",
            created_at=now.isoformat(),
            created_by=process.user(),
            host=here.host,
            entry="",
            spec={},
        )
        write_record(self.folder, record)
        return holder

    def write(self, event: Event) -> None:
        """Append an event and what the alert rules make of it."""
        self.said = time.monotonic()
        self.log.write(event)
        self.watch, found = alerts.look(self.watch, event)
        for alert in found:
            self.log.write(alert)

    def seconds(self) -> float:
        """Return how long this attempt has lasted."""
        return round(time.monotonic() - self.began, 3)

    def close(self) -> None:
        """Let go of log and lock."""
        self.log.close()
        os.close(self.descriptor)


class TuningforkCallback(TrainerCallback):  # type: ignore[misc]
    """Writes what a Trainer does to an event log of ours; rank 0 alone does."""

    def __init__(self, folder: str | Path | None = None, *, name: str | None = None) -> None:
        self._folder = None if folder is None else Path(folder)
        self._name = name
        self._attempt: _Attempt | None = None
        self._complained = False
        self._hook: Callable[..., Any] | None = None

    @_harmless
    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Take the lock and say who trains and how far."""
        if not state.is_world_process_zero:
            return
        self._give_up("The training before ended without a word.")
        output = Path(args.output_dir or ".").absolute()
        folder = RunFolder(self._folder.absolute() if self._folder else output / OWN)
        name = clip(self._name or args.run_name or output.name, 60)
        attempt = _Attempt(folder, name, state.global_step)
        self._attempt = attempt
        self._listen()
        for entry in state.log_history:  # what was best before a resume still counts after it
            attempt.points.log(int(entry.get("step", 0)), entry, t="")
        attempt.write(
            Planned(total_steps=state.max_steps, epochs=float(state.num_train_epochs or 0))
        )
        if attempt.number > 1:
            attempt.write(Resumed(from_step=state.global_step, checkpoint=""))
        self._progress(state)

    @_harmless
    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Say now and then that it goes on, however rarely the trainer logs."""
        attempt = self._mine()
        if attempt is not None and time.monotonic() - attempt.said >= _PROGRESS_SECONDS:
            self._progress(state)

    @_harmless
    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any
    ) -> None:
        """Write the losses, and the evaluation among them."""
        attempt = self._mine()
        if attempt is None or not logs:
            return
        now, steps = time.monotonic(), state.global_step - attempt.step
        pace = (now - attempt.logged) / steps if steps > 0 else 0.0
        events = attempt.points.log(state.global_step, logs, t="", pace=pace)[0]
        if "loss" in logs:
            attempt.logged, attempt.step = now, state.global_step
        for event in events:
            if not isinstance(event, RunFinished):  # its end is said by `on_train_end`
                attempt.write(event)

    @_harmless
    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Name the checkpoint, unless another program saves it elsewhere."""
        attempt = self._mine()
        path = Path(args.output_dir or ".").absolute() / f"checkpoint-{state.global_step}"
        if attempt is None or not path.is_dir():
            return
        shown = os.path.relpath(path, attempt.folder.path)
        size = folder_bytes(path)
        attempt.write(
            CheckpointSaved(step=state.global_step, path=shown, bytes=size, why="periodic")
        )

    @_harmless
    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Say how it ended and let go of the lock."""
        attempt = self._mine()
        if attempt is None:
            return
        early = state.global_step < state.max_steps
        reason = "The trainer ended early." if early else "All steps are done."
        best = state.best_model_checkpoint
        path = os.path.relpath(best, attempt.folder.path) if best else ""
        self._end(RunFinished(reason=reason, seconds=attempt.seconds(), best_path=path))

    def _progress(self, state: Any) -> None:
        attempt = self._mine()
        if attempt is not None:
            done, total = state.global_step, state.max_steps
            attempt.write(PhaseEntered(name="training", done=done, total=total, unit="steps"))

    def _mine(self) -> _Attempt | None:
        """Return the attempt, unless this is a process forked off the training."""
        attempt = self._attempt
        return attempt if attempt is not None and attempt.pid == os.getpid() else None

    def _end(self, ending: Event) -> None:
        attempt, self._attempt = self._attempt, None
        self._stop_listening()
        if attempt is not None:
            try:
                attempt.write(ending)
            finally:
                attempt.close()

    def _listen(self) -> None:
        """Learn of an error that ends the program, which no Trainer tells its callbacks."""
        if self._hook is None:
            self._hook, sys.excepthook = sys.excepthook, self._uncaught
        atexit.register(self._exit)

    def _stop_listening(self) -> None:
        atexit.unregister(self._exit)
        if self._hook is not None and sys.excepthook == self._uncaught:
            sys.excepthook, self._hook = self._hook, None

    def _uncaught(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Write the end of the run, then do what would have been done without us."""
        hook = self._hook or sys.__excepthook__
        self._fail(kind)
        hook(kind, error, trace)

    @_harmless
    def _fail(self, kind: type[BaseException]) -> None:
        attempt = self._mine()
        if attempt is None:
            return
        if issubclass(kind, KeyboardInterrupt):
            self._end(RunStopped(reason="Interrupted.", seconds=attempt.seconds()))
        else:
            self._give_up(f"The program ended by an error ({kind.__name__}).")

    @_harmless
    def _exit(self) -> None:
        self._give_up("The program ended before the training did.")

    def _give_up(self, what: str) -> None:
        attempt = self._mine()
        if attempt is not None:
            failure = RunFailed(
                what=what,
                why="The trainer did not say that training was over.",
                remedy="The output of the program that trained has the cause.",
                seconds=attempt.seconds(),
            )
            self._end(failure)

    def _complain(self, fault: Exception) -> None:
        """Say once that the log is not complete."""
        if self._complained:
            return
        self._complained = True
        words = visible(clip(str(fault), 300))
        _LOG.warning("The event log is not complete (%s); training goes on.", words)
        attempt = self._attempt
        if attempt is None:
            return
        try:
            text = f"A part of this log is missing ({type(fault).__name__})."
            attempt.log.write(MessageLogged(level="warning", text=text))
        except Exception:  # the log itself is what failed, and that was said above
            return
