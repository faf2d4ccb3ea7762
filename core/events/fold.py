"""What a log adds up to so far, kept beside it so that nobody reads a long log twice.

A snapshot is only ever a shortcut: it holds where the log was when it was made and a hash of both
ends of what had been read. Where anything differs it is left aside and the log is read.
"""

import os
from hashlib import blake2b
from pathlib import Path
from typing import get_args

import msgspec

from core.errors import StorageError
from core.events.curves import Curves
from core.events.folding import apply_all
from core.events.reader import EventReader, Faults, Place
from core.events.run_state import RunState
from core.events.schema import Event
from core.events.series import LIMIT, KeptSeries, Metric
from core.storage import replace_file

VERSION = 1
"""Raised whenever the fold itself changes its mind about the same events."""
_EVENTS = tuple((event.__name__, event.__struct_fields__) for event in get_args(Event))
_FORM = repr((VERSION, RunState.__struct_fields__, get_args(Metric), LIMIT, _EVENTS))
"""What a snapshot was made with; another form is not understood and not guessed at."""
WORTH_BYTES = 4_000_000
"""Bytes of new log after which a snapshot saves the next reader a noticeable time."""
_END = 4096


class _Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The fold of the first bytes of a log."""

    form: str
    place: Place
    ends: bytes
    """Hash of the first and the last bytes of what was read."""
    run: RunState
    curves: tuple[KeptSeries, ...]


class Fold:
    """Follows one log and adds it up; begins from its snapshot where there is a true one."""

    def __init__(self, log: Path, snapshot: Path) -> None:
        self._log = log
        self._snapshot = snapshot
        self.run = RunState()
        """All that the log says so far."""
        self.curves = Curves()
        """Every metric's points, for charts."""
        self.caught_up = False
        """Whether all that the log held at the last look is folded in."""
        self._reader = EventReader(log)
        self._kept_at = 0
        self._begin()

    @property
    def faults(self) -> Faults:
        """Return what the log held besides events."""
        return self._reader.faults

    def read(self, limit: int) -> bool:
        """Take in about so many bytes; return whether the log is another one than before."""
        batch = self._reader.read(limit)
        if batch.restarted:
            self.run, self.curves, self._kept_at = RunState(), Curves(), 0
        self.run = apply_all(self.run, batch.events)
        self.curves.add_all(batch.events)
        self.caught_up = not batch.more
        return batch.restarted

    def keep(self, *, worth: int = WORTH_BYTES) -> bool:
        """Write a snapshot if it would save much; return whether one was written.

        A folder that takes none is no fault: the log holds everything.
        """
        place = self._reader.place
        if place is None or place.offset - self._kept_at < worth:
            return False
        ends = _ends(self._log, place.offset)
        if ends is None:
            return False
        snapshot = _Snapshot(
            form=_FORM, place=place, ends=ends, run=self.run, curves=self.curves.kept()
        )
        try:
            replace_file(self._snapshot, msgspec.msgpack.encode(snapshot))
        except StorageError:
            return False
        finally:
            self._kept_at = place.offset
        return True

    def _begin(self) -> None:
        """Go on from the snapshot, if it is one of this log by this program."""
        try:
            content = self._snapshot.read_bytes()
            snapshot = msgspec.msgpack.decode(content, type=_Snapshot)
            curves = Curves.of(snapshot.curves)
        except (OSError, ValueError, msgspec.MsgspecError):
            return
        place = snapshot.place
        if snapshot.form != _FORM or _ends(self._log, place.offset) != snapshot.ends:
            return
        self.run, self.curves = snapshot.run, curves
        self._reader = EventReader(self._log, place)
        self._kept_at = place.offset


class _RunOnly(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a snapshot that a list of runs needs."""

    form: str
    place: Place
    ends: bytes
    run: RunState


def read_snapshot(log: Path, snapshot: Path) -> RunState | None:
    """Return what a log added up to at its snapshot, without its curves; None without one."""
    try:
        found = msgspec.msgpack.decode(snapshot.read_bytes(), type=_RunOnly)
    except (OSError, ValueError, msgspec.MsgspecError):
        return None
    true = found.form == _FORM and _ends(log, found.place.offset) == found.ends
    return found.run if true else None


def keep_snapshot(log: Path, snapshot: Path) -> None:
    """Bring the snapshot of a log up to date; between two calls no memory is held."""
    fold = Fold(log, snapshot)
    while not fold.caught_up:
        fold.read(WORTH_BYTES)
    fold.keep()


def _ends(log: Path, offset: int) -> bytes | None:
    """Return the hash of both ends of the first bytes of a log, None where it is shorter."""
    try:
        with log.open("rb", buffering=0) as file:
            if os.fstat(file.fileno()).st_size < offset:
                return None
            head = os.pread(file.fileno(), min(_END, offset), 0)
            tail = os.pread(file.fileno(), min(_END, offset), max(0, offset - _END))
    except OSError:
        return None
    return blake2b(head + b"|" + tail, digest_size=16).digest()
