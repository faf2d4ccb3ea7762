"""Appends events to a job's log, so that a crash at any byte leaves a log that can be read."""

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from core.errors import StorageError
from core.events.envelope import VERSION, Envelope
from core.events.schema import TERMINAL, CheckpointSaved, Event, PhaseEntered, WorkerStarted
from core.storage import storage_error

_TAIL = 1 << 16
_E = TypeVar("_E", bound=Envelope)


class _Head(msgspec.Struct):
    """The part of a line that numbers it."""

    seq: int
    attempt: int = 1


class Tail(msgspec.Struct, frozen=True):
    """Where a log ends."""

    seq: int = 0
    """Number of the last valid line; 0 in an empty log."""
    attempt: int = 0
    """Attempt of the last valid line; 0 in an empty log."""
    torn: bool = False
    """Whether the last line lacks its line feed."""


class EventWriter:
    """The one writer of a log; the job's lock makes sure that there is no second."""

    def __init__(
        self,
        descriptor: int,
        path: Path,
        *,
        run: str,
        attempt: int,
        tail: Tail,
        clock: Callable[[], datetime],
    ) -> None:
        self._descriptor = descriptor
        self._path = path
        self._run = run
        self._attempt = attempt
        self._seq = tail.seq
        self._torn = tail.torn
        self._clock = clock
        self._phase = ""
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(Event)
        self._turn = threading.Lock()
        self.cover: Callable[[str], str] | None = None
        """Covers secrets in every text of every event; None where the job knows none."""

    @classmethod
    def open(
        cls, path: Path, *, run: str, attempt: int, clock: Callable[[], datetime]
    ) -> "EventWriter":
        """Return a writer that continues the numbers of the log, or begins one."""
        try:
            tail = read_tail(path)
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            descriptor = os.open(path, flags, 0o600)
        except OSError as error:
            raise storage_error(error, path, doing="open the event log") from error
        return cls(descriptor, path, run=run, attempt=attempt, tail=tail, clock=clock)

    def write(self, event: _E) -> _E:
        """Append one event and return it as it stands in the log."""
        with self._turn:
            numbered = msgspec.structs.replace(
                event,
                v=VERSION,
                seq=self._seq + 1,
                t=_written_at(self._clock()),
                run=self._run,
                attempt=self._attempt,
            )
            numbered = self.covered(numbered)
            self._append(self._encoded(numbered))
            self._seq += 1
            if self._ends_something(event):
                self._sync()
        return numbered

    def covered(self, event: _E) -> _E:
        """Return an event without the secrets that this log must not hold."""
        if self.cover is None:
            return event
        return msgspec.convert(_in_texts(msgspec.to_builtins(event), self.cover), type(event))

    def _encoded(self, event: Envelope) -> bytes:
        """Return the line, and make sure that every reader will accept it."""
        try:
            line = self._encoder.encode(event)
        except UnicodeEncodeError:
            line = self._encoder.encode(_in_texts(msgspec.to_builtins(event), _without_surrogates))
        self._decoder.decode(line)
        return line

    def _append(self, line: bytes) -> None:
        """Write the line in one call; after a short write the next one starts a line anew."""
        content = (b"\n" if self._torn else b"") + line + b"\n"
        try:
            written = os.write(self._descriptor, content)
        except OSError as error:
            raise storage_error(error, self._path, doing="write to the event log") from error
        self._torn = written < len(content)
        if not self._torn:
            return
        if written == len(content) - 1:
            self._seq += 1  # only the line feed is missing, and the next write brings it
        raise StorageError(
            what="Could not write to the event log: only a part of the line fitted.",
            why="The disk, the quota or the file size limit is used up. Nothing saved was lost.",
            remedy="Free some space (`df -h` shows where), then resume the job.",
        )

    def _ends_something(self, event: Envelope) -> bool:
        """Return whether a power cut after this event would hurt."""
        if isinstance(event, PhaseEntered):
            entered = event.name != self._phase
            self._phase = event.name
            return entered
        return isinstance(event, (*TERMINAL, CheckpointSaved, WorkerStarted))

    def _sync(self) -> None:
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise storage_error(error, self._path, doing="save the event log") from error

    def close(self) -> None:
        """Let the log go; what was written stays."""
        with self._turn:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def read_tail(path: Path) -> Tail:
    """Return where the log ends; a log that does not exist ends at 0."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            block = _TAIL
            while True:
                start = max(0, end - block)
                file.seek(start)
                content = file.read(end - start)
                found = _last_head(content, whole=start == 0)
                if found is not None or start == 0:
                    break
                block *= 8
    except FileNotFoundError:
        return Tail()
    torn = bool(content) and not content.endswith(b"\n")
    return Tail(found.seq, found.attempt, torn) if found else Tail(torn=torn)


def _last_head(content: bytes, *, whole: bool) -> _Head | None:
    """Return the numbers of the last line that has them."""
    lines = content.split(b"\n")
    for line in reversed(lines if whole else lines[1:]):
        try:
            head = msgspec.json.decode(line, type=_Head)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        if head.seq > 0:
            return head
    return None


def _written_at(moment: datetime) -> str:
    """Return a moment as events write it: UTC, milliseconds, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + (
        f"{moment.microsecond // 1000:03d}Z"
    )


def _without_surrogates(text: str) -> str:
    """Return a text that can be UTF-8; file names may hold what cannot."""
    return text.encode("utf-8", "backslashreplace").decode()


def _in_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return a JSON value with every text in it changed; names of fields stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _in_texts(one, change) for key, one in value.items()}
    if isinstance(value, list):
        return [_in_texts(one, change) for one in value]
    return value
