"""Goes on with a job that ended before it was finished, from its last checkpoint."""

import os
from collections.abc import Mapping
from datetime import datetime

from core.errors import JobError
from core.events.run_state import RunState
from core.events.schema import MessageLogged
from core.events.writer import EventWriter, read_tail
from core.jobs.control import clear_requests, read_requests
from core.jobs.last_words import forget_last_words, read_last_words
from core.jobs.launch import hold, sign, spawn
from core.jobs.record import read_record
from core.jobs.status import LIVE, JobStatus, read_status
from core.workspace import RunFolder


def resume(
    folder: RunFolder,
    *,
    now: datetime,
    environment: Mapping[str, str],
    handed: int | None = None,
) -> RunFolder:
    """Start the next attempt in the same folder and return it.

    `handed` is a pipe whose content the worker alone may read.
    """
    _check(read_status(folder))
    descriptor = hold(folder)
    try:
        before = read_status(folder).run_state
        if before.lifecycle == "finished":  # by an attempt that came between look and lock
            raise _finished(folder.id)
        _settle(folder, before, now=now)
        attempt = read_tail(folder.events).attempt + 1
        sign(folder, descriptor, attempt=attempt, now=now)
        keys = read_record(folder).keys
        spawn(
            folder,
            descriptor,
            attempt=attempt,
            now=now,
            environment=environment,
            keys=keys,
            handed=handed,
        )
    finally:
        os.close(descriptor)
    return folder


def _finished(job_id: str) -> JobError:
    return JobError(
        what=f"{job_id} is finished.",
        why="All that was asked for is done, so there is nothing to go on with.",
        remedy="Launch another run with more epochs.",
    )


def _check(status: JobStatus) -> None:
    """Refuse what cannot be resumed."""
    shown = status.id
    if status.state == "finished":
        raise _finished(shown)
    if status.liveness == "unknown":
        host = (
            "another machine" if status.run_state.worker is None else status.run_state.worker.host
        )
        raise JobError(
            what=f"{shown} may still be at work on {host}.",
            why="Its lock cannot be seen from this machine.",
            remedy=f"Resume it there; if that machine is gone, remove {status.id}/run.lock first.",
        )
    if status.state in LIVE:
        raise JobError(
            what=f"{shown} is {status.state}.",
            why="Its worker is alive.",
            remedy=f"`tuningfork watch {shown}` shows it.",
        )


def _settle(folder: RunFolder, before: RunState, *, now: datetime) -> None:
    """Write down what the dead worker could not, so that the next one begins with a clean desk."""
    words = read_last_words(folder)
    answered = {one.id for one in before.requests}
    asked = [one for one in read_requests(folder, known=set()) if one.id not in answered]
    attempt = before.attempt if words is None else max(before.attempt, words.attempt)
    with EventWriter.open(folder.events, run=folder.id, attempt=attempt, clock=lambda: now) as log:
        if words is not None:
            log.write(words)
            log.write(MessageLogged(level="info", text="Written down late: the log was full."))
            forget_last_words(folder)
        for one in asked:
            effect = "The worker ended before it saw this; ask again."
            log.write(one.answered(accepted=False, effect=effect))
    clear_requests(folder)
