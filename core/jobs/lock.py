"""`run.lock`: held by whoever runs the job, with a note in it that says who.

The note is for file systems where locks lie, and tells a worker's own lock from one that a left
over child of a dead worker still holds.
"""

import fcntl
import os
import time
from pathlib import Path

import msgspec

from core.storage import storage_error

_NOTE_BYTES = 512
"""Fixed, so that a note is replaced by one write of bytes that the file already has."""
_PATIENCE = 2.0
"""Seconds; whoever only looks at a lock holds it for some microseconds."""
_PAUSE = 0.01


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a lock."""

    run: str
    attempt: int
    since: float
    """When the attempt was asked for, seconds since the epoch; its place in the line."""
    host: str
    boot_id: str
    pid_space: str = ""
    pid: int | None = None
    """None while the worker is being started: then the lock alone counts."""
    start_time: float | None = None


def take(path: Path, *, patience: float = _PATIENCE) -> int | None:
    """Return a descriptor that holds the lock, or None when somebody else keeps it.

    Looking at a lock takes it for a moment, so one refusal means nothing yet. Where the file
    system has no locks the descriptor is returned all the same: then the note counts alone.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise storage_error(error, path, doing="take the lock") from error
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < deadline:
                time.sleep(_PAUSE)
                continue
            os.close(descriptor)
            return None
        except OSError:
            return descriptor
        return descriptor


def is_held(path: Path) -> bool | None:
    """Return whether somebody holds the lock; None where it cannot be told.

    The test is a shared lock for a moment: viewers do not see each other, and whoever wants the
    lock for good tries again.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return False


def write_holder(descriptor: int, holder: Holder, path: Path) -> None:
    """Replace the note in a lock that this process holds."""
    note = msgspec.json.encode(holder).ljust(_NOTE_BYTES - 1) + b"\n"
    try:
        os.pwrite(descriptor, note, 0)
    except OSError as error:
        raise storage_error(error, path, doing="write the lock") from error


def read_holder(path: Path) -> Holder | None:
    """Return who holds, or last held, the lock; None where no note can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Holder)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
