"""The journal of one source: operations in order, each chained to the one before, none ever lost.

An operation is one line, written whole by one call and safe on disk before it is shown as done.
Every line holds its own hash beside that of the line before, so the last one is guarded as well.
"""

import errno
import fcntl
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from core.data.triage.operations import Change, Operation, Redo, Undo
from core.errors import DataError
from core.storage import replace_file, storage_error
from core.text_safety import visible

VERSION = 2
_WITHOUT_CHECKS = 1
"""The first version, whose lines do not hold their own hash."""


class Opening(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The first line: which file the journal is about."""

    journal: int
    """Version of the format."""
    source: str
    """Hash of the bytes of the source."""
    name: str
    """What the file was called; for people only."""
    at: str
    """When the journal began."""
    check: str = ""
    """Hash of this line without it; "" in a journal of the first version."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line after the first."""

    seq: int
    """Its number, from 1, without gaps."""
    prev: str
    """Hash of the valid line before."""
    by: str
    """Who did it."""
    at: str
    """When, UTC."""
    does: Operation
    """What was done."""
    check: str = ""
    """Hash of this line without it; "" in a journal of the first version."""


@dataclass(frozen=True, slots=True)
class Step:
    """A change that counts, with its number."""

    seq: int
    """Its number in the journal."""
    change: Change
    """What is done to rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a journal adds up to."""

    steps: tuple[Step, ...] = ()
    """Changes that count, in order."""
    undone: tuple[Step, ...] = ()
    """Changes that can be done again, the next one last."""

    def after(self, seq: int, operation: Operation) -> "Standing":
        """Return what it adds up to with one more operation; ValueError where it cannot be next."""
        if isinstance(operation, Undo):
            if not self.steps or self.steps[-1].seq != operation.of:
                raise ValueError(f"entry {seq} takes back {operation.of}, which is not the last")
            return Standing(steps=self.steps[:-1], undone=(*self.undone, self.steps[-1]))
        if isinstance(operation, Redo):
            if not self.undone or self.undone[-1].seq != operation.of:
                raise ValueError(f"entry {seq} redoes {operation.of}, which was not just undone")
            return Standing(steps=(*self.steps, self.undone[-1]), undone=self.undone[:-1])
        return Standing(steps=(*self.steps, Step(seq, operation)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """A journal as it was read."""

    opening: Opening
    """Which file it is about."""
    entries: tuple[Entry, ...]
    """Everything that was done, taken back or not."""
    standing: Standing
    """What that adds up to."""
    end: bytes
    """Hash of the last valid line."""
    torn: int
    """Bytes after it that a crash left of a line; never shown as done."""


_encoder = msgspec.json.Encoder()
_entries = msgspec.json.Decoder(Entry)
_openings = msgspec.json.Decoder(Opening)


def begin(path: Path, *, source: str, name: str, now: datetime) -> None:
    """Make the journal of a source unless it is there."""
    if path.exists():
        return
    opening = Opening(journal=VERSION, source=source, name=name, at=now.isoformat())
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(error, path.parent, doing="make the folder of journals") from error
    replace_file(path, _encoder.encode(_checked(opening)) + b"\n")


def read(path: Path) -> Journal:
    """Return a journal whose every line follows from the one before, or refuse it."""
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(
            what=f"There is no journal {visible(str(path))}.",
            why="Nothing was mended in this file yet, or the path is another.",
            remedy="Open the rows of a finding on Inspect; the first change makes the journal.",
        ) from error
    except OSError as error:
        raise storage_error(error, path, doing="read the journal") from error
    lines = content.split(b"\n")
    torn = lines.pop()
    try:
        return _folded(lines, torn=torn)
    except (msgspec.MsgspecError, ValueError) as error:
        raise DataError(
            what=f"The journal {visible(str(path))} cannot be trusted.",
            why=f"A line was changed or lost: {visible(str(error))}.",
            remedy="Put back the file as it was written, or remove it and mend the data anew.",
        ) from error


def _folded(lines: Sequence[bytes], *, torn: bytes) -> Journal:
    """Return the journal in these lines; ValueError says what does not fit."""
    if not lines:
        raise ValueError("it is empty")
    opening = _openings.decode(lines[0])
    if opening.journal not in {VERSION, _WITHOUT_CHECKS}:
        raise ValueError(f"it has version {opening.journal}")
    _refuse_changed(opening, lines[0], opening)
    journal = Journal(
        opening=opening, entries=(), standing=Standing(), end=_hash(lines[0]), torn=len(torn)
    )
    for line in lines[1:]:
        entry = _entries.decode(line)
        _refuse_changed(entry, line, opening)
        journal = _longer(journal, entry, line)
    if torn and _is_whole(torn[:-1]):
        raise ValueError("the end of its last line is another")
    return journal


_T = TypeVar("_T", Opening, Entry)


def _checked(line: _T) -> _T:
    """Return a line with its own hash in it."""
    return msgspec.structs.replace(line, check=_hash(_encoder.encode(line)).hex())


def _refuse_changed(read: Opening | Entry, line: bytes, opening: Opening) -> None:
    """Raise ValueError where a line is not byte for byte what was written."""
    if opening.journal == _WITHOUT_CHECKS:
        return
    bare = msgspec.structs.replace(read, check="")
    if line != _encoder.encode(read) or read.check != _hash(_encoder.encode(bare)).hex():
        which = f"entry {read.seq}" if isinstance(read, Entry) else "the first line"
        raise ValueError(f"{which} does not have the hash that stands in it")


def _is_whole(line: bytes) -> bool:
    """Whether a line without an end is more than the beginning that a crash leaves of one."""
    try:
        entry = _entries.decode(line)
    except msgspec.MsgspecError:
        return False
    return bool(entry.check) and _checked(msgspec.structs.replace(entry, check="")) == entry


def _longer(journal: Journal, entry: Entry, line: bytes) -> Journal:
    """Return the journal with one more line; ValueError where it does not follow."""
    if entry.seq != len(journal.entries) + 1 or entry.prev != journal.end.hex():
        raise ValueError(f"entry {entry.seq} does not follow the line before it")
    return replace(
        journal,
        entries=(*journal.entries, entry),
        standing=journal.standing.after(entry.seq, entry.does),
        end=_hash(line),
    )


def append(path: Path, operation: Operation, *, by: str, now: datetime) -> Journal:
    """Write one operation and return the journal with it; safe on disk when this returns."""
    try:
        with path.open("rb+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            journal = read(path)
            entry = Entry(
                seq=len(journal.entries) + 1,
                prev=journal.end.hex(),
                by=by,
                at=now.isoformat(),
                does=operation,
            )
            if journal.opening.journal != _WITHOUT_CHECKS:
                entry = _checked(entry)
            line = _encoder.encode(entry)
            try:
                longer = _longer(journal, entry, line)
            except ValueError as error:
                raise DataError(
                    what="Nothing was changed.",
                    why="Somebody else changed the same file a moment ago.",
                    remedy="Look at it again, then repeat what you wanted.",
                ) from error
            _write_whole(file.fileno(), line + b"\n", torn=journal.torn)
    except OSError as error:
        raise storage_error(error, path, doing="save the change") from error
    return replace(longer, torn=0)


def _write_whole(descriptor: int, line: bytes, *, torn: int) -> None:
    """Append a line and see it on the disk, or leave nothing of it.

    What a crash cut off was never shown as done; it goes, so that the line after it is whole.
    """
    size = os.fstat(descriptor).st_size - torn
    os.ftruncate(descriptor, size)
    try:
        if os.pwrite(descriptor, line, size) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, size)
        raise


def _hash(line: bytes) -> bytes:
    """Return the hash that the next line names."""
    return hashlib.blake2b(line, digest_size=16).digest()
