"""Work that jobs of the tests do, named by dotted strings and run in real workers."""

import os
import resource
import sys
import time
import uuid

from core.errors import DataError
from core.events.schema import MessageLogged
from core.hosted.keys import take_over
from core.jobs.context import Finished, JobContext, Outcome
from core.training import rehearsal


def loaded_modules(job: JobContext) -> Outcome:
    """Rehearse, then say which modules the worker has loaded."""
    outcome = rehearsal.run(job)
    job.emit(MessageLogged(level="info", text=" ".join(sorted(sys.modules))))
    return outcome


def small_files(job: JobContext) -> Outcome:
    """Rehearse; in the first attempt files may not grow beyond `limit` bytes."""
    limit = job.spec.pop("limit")
    if job.attempt == 1:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    return rehearsal.run(job)


def fault(_job: JobContext) -> Outcome:
    """Fail by a mistake that has a secret in its values and its message."""
    secret = "sk-" + uuid.UUID(int=7).hex
    raise ValueError(f"bad value {secret}")


def foreseen(_job: JobContext) -> Outcome:
    """Fail in a way that a person can act on."""
    raise DataError(what="No rows.", why="The file is empty.", remedy="Give another file.")


def no_memory(_job: JobContext) -> Outcome:
    """Fail for want of memory."""
    raise MemoryError


def leaves(_job: JobContext) -> Outcome:
    """End the process the way a library might."""
    raise SystemExit(3)


def returns_nothing(_job: JobContext) -> None:
    """Forget to say how it ended."""


def environment_names(job: JobContext) -> Outcome:
    """Say which environment variables the worker has."""
    job.emit(MessageLogged(level="info", text=" ".join(sorted(os.environ))))
    return Finished()


def typed_key(job: JobContext) -> Outcome:
    """Take the key that was typed for this run, and say where else it could be read."""
    # Loads numpy, which a worker that only rehearses must do without.
    from core.hosted.silence import Silence

    assert job.handed is not None
    key = take_over(job.handed)
    job.cover_texts(Silence([key]))
    seen = key in " ".join(sys.orig_argv), key in " ".join(os.environ.values())
    words = f"{len(key)} signs, in argv: {seen[0]}, in environment: {seen[1]}, {key}"
    job.emit(MessageLogged(level="info", text=words))
    return Finished()


def leaves_a_child(job: JobContext) -> Outcome:
    """Fork a child that keeps every descriptor, as data loaders do, and wait to be killed."""
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    job.emit(MessageLogged(level="info", text=str(child)))
    while True:
        time.sleep(0.05)
