"""The process of a job: takes its turn, does the work, and always says how it ended."""

import faulthandler
import os
import platform
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from pkgutil import resolve_name
from types import FrameType

import msgspec

from core.errors import RowsError, StorageError, TuningforkError
from core.events.schema import RunFailed, RunFinished, RunStopped, WorkerStarted
from core.events.writer import EventWriter
from core.fault_report import write_report
from core.jobs import lock, process
from core.jobs.context import Finished, JobContext, Outcome, Stopped
from core.jobs.last_words import free_space, keep_space, write_last_words
from core.jobs.record import read_record
from core.jobs.turn import wait_for_turn
from core.workspace import RunFolder, Workspace, open_workspace

_POLITE = (signal.SIGTERM, signal.SIGINT)
"""Signals that ask for a stop; they wait until there is somebody to ask."""
_LEAVE_SECONDS = 15.0
"""A library's thread that keeps the process from ending would keep the device, too."""


def main(arguments: list[str]) -> int:
    """Become the worker of the job in the folder, whose lock is an open descriptor.

    A fourth word is the descriptor of a pipe that holds a secret somebody typed for this run.
    """
    folder = RunFolder(Path(arguments[0]))
    descriptor, attempt = int(arguments[1]), int(arguments[2])
    handed = int(arguments[3]) if len(arguments) > 3 else None
    for inherited in (descriptor, handed):
        if inherited is not None:
            os.set_inheritable(inherited, False)
    if os.fork():
        os._exit(0)
    signal.pthread_sigmask(signal.SIG_BLOCK, _POLITE)
    os.umask(0o077)
    faulthandler.enable()
    started = time.monotonic()
    try:
        holder = _sign(folder, descriptor)
        with EventWriter.open(
            folder.events, run=folder.id, attempt=attempt, clock=lambda: datetime.now(UTC)
        ) as log:
            ending = _work(folder, holder, log, started, handed)
            _say(folder, log, ending, attempt=attempt)
    except StorageError as error:
        ending = _failed(error, started)
        write_last_words(folder, msgspec.structs.replace(ending, run=folder.id, attempt=attempt))
        raise
    free_space(folder)
    deadline = threading.Timer(_LEAVE_SECONDS, os._exit, (0,))
    deadline.daemon = True
    deadline.start()
    return 0


def _sign(folder: RunFolder, descriptor: int) -> lock.Holder:
    """Write this process into the lock it was handed, and return the note."""
    waiting = lock.read_holder(folder.lock)
    if waiting is None:
        raise SystemExit(f"{folder.lock} was not prepared by a launch.")
    host, boot_id, pid_space = process.here()
    holder = msgspec.structs.replace(
        waiting,
        host=host,
        boot_id=boot_id,
        pid_space=pid_space,
        pid=os.getpid(),
        start_time=process.start_time(os.getpid()),
    )
    lock.write_holder(descriptor, holder, folder.lock)
    return holder


def _work(
    folder: RunFolder,
    holder: lock.Holder,
    log: EventWriter,
    started: float,
    handed: int | None,
) -> RunFinished | RunStopped | RunFailed:
    """Do the job and return how it ended, whatever happens."""
    try:
        log.write(
            WorkerStarted(
                pid=holder.pid or 0,
                start_time=holder.start_time or 0.0,
                boot_id=holder.boot_id,
                host=holder.host,
                user=process.user(),
                python=platform.python_version(),
            )
        )
        keep_space(folder)
        workspace = open_workspace(folder.path.parents[1])
        outcome = _outcome(workspace, folder, holder, log, handed)
    except TuningforkError as error:
        return _failed(error, started)
    except MemoryError:
        return RunFailed(
            what="The worker ran out of memory.",
            why="The machine, or the limit set for this job, had no more to give.",
            remedy="Use a smaller batch, shorter rows or a smaller model, then resume.",
            seconds=_since(started),
        )
    except (Exception, SystemExit) as fault:  # the border: nothing may end without a word
        return _fault(folder, fault, _since(started))
    if isinstance(outcome, Stopped):
        return RunStopped(
            reason=outcome.reason,
            seconds=_since(started),
            best_step=outcome.best_step,
            best_path=outcome.best_path,
        )
    return RunFinished(
        reason=outcome.reason,
        seconds=_since(started),
        best_step=outcome.best_step,
        best_path=outcome.best_path,
        preflight_error=outcome.preflight_error,
    )


def _outcome(
    workspace: Workspace,
    folder: RunFolder,
    holder: lock.Holder,
    log: EventWriter,
    handed: int | None,
) -> Outcome:
    """Wait for the device, then run the function that the record names."""
    record = read_record(folder)
    job = JobContext(
        workspace=workspace,
        folder=folder,
        record=record,
        attempt=holder.attempt,
        writer=log,
        handed=handed,
    )
    _listen(job)
    if wait_for_turn(job, holder) is None:
        return Stopped(reason="Stopped while it waited for its turn.")
    job.phase("importing")
    entry: Callable[[JobContext], Outcome] = resolve_name(record.entry)
    outcome = entry(job)
    if not isinstance(outcome, Finished | Stopped):
        raise TypeError(f"{record.entry} returned {type(outcome).__name__}")
    return outcome


def _listen(job: JobContext) -> None:
    """Let the polite signals ask for a stop, and let a hang-up mean nothing."""

    def ask(number: int, _frame: FrameType | None) -> None:
        job.stop_by_signal(signal.Signals(number).name)

    for number in _POLITE:
        signal.signal(number, ask)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _POLITE)


def _failed(error: TuningforkError, started: float) -> RunFailed:
    failed = RunFailed(what=error.what, why=error.why, remedy=error.remedy, seconds=_since(started))
    if isinstance(error, RowsError) and error.rows:
        return msgspec.structs.replace(failed, part=error.part, rows=error.rows)
    return failed


def _fault(folder: RunFolder, fault: BaseException, seconds: float) -> RunFailed:
    """Return the honest end of a job that met a fault of the program's own."""
    report = write_report(fault, folder.path)
    name = type(fault).__name__
    return RunFailed(
        what=f"The job ended by a fault of its own ({name}).",
        why="This is a mistake in the program or in a library, not in your data or settings.",
        remedy="What was saved is kept: `tuningfork resume` goes on. Please send us the report.",
        seconds=seconds,
        report=""
        if report is None
        else report.name
        if report.parent == folder.path
        else str(report),
    )


def _say(
    folder: RunFolder,
    log: EventWriter,
    ending: RunFinished | RunStopped | RunFailed,
    *,
    attempt: int,
) -> None:
    """Write the last event; where the log takes no more, leave the words beside it."""
    try:
        log.write(ending)
    except StorageError:
        free_space(folder)
    else:
        return
    try:
        log.write(ending)
    except StorageError as full:
        words = ending
        if not isinstance(words, RunFailed):
            why = f"{full.why} The work itself had ended: {words.reason}"
            words = RunFailed(what=full.what, why=why, remedy=full.remedy, seconds=words.seconds)
        words = msgspec.structs.replace(log.covered(words), run=folder.id, attempt=attempt)
        write_last_words(folder, words)
        sys.stderr.write(f"{full}\n")


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
