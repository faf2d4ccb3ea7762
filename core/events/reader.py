"""Follows a log from an offset: every event once, in order, whatever else the file holds.

file   1 2 3 ~~~ 5 5 9 6 7 {"v":1,"se
             |     | |     |
             |     | |     the end is not whole yet: read again at the next look
             |     | a number that the following lines contradict: damaged
             |     seen before
             no event
"""

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from core.events.envelope import VERSION
from core.events.schema import Event
from core.storage import storage_error

_CHUNK = 1 << 20
_LINE_LIMIT = 1 << 24
"""Bytes without a line feed after which they are no line."""


class _Head(msgspec.Struct):
    """What any version of this program writes on every line."""

    v: int
    seq: int
    type: str


class _Unreadable(msgspec.Struct):
    """A whole line of a log that this program has no type for."""

    seq: int
    newer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What a log held besides events, counted since it was opened."""

    garbage: int = 0
    """Lines that are no event."""
    duplicates: int = 0
    """Events that stood there before."""
    newer: int = 0
    """Lines of a newer version of this program."""
    unknown: int = 0
    """Lines of this version whose type or values are unknown."""
    missing: int = 0
    """Numbers that no line has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one look at the log brought."""

    events: list[Event]
    more: bool
    """Whether another look would bring more at once."""
    restarted: bool = False
    """Whether the file is another one than before: forget what was folded."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """How far a log was read, between two whole lines."""

    offset: int
    """Bytes read."""
    seq: int
    """Number of the newest event read."""
    counts: dict[str, int]
    """`Faults` so far."""


class EventReader:
    """Reads one log as it grows; locks nothing and writes nothing."""

    def __init__(self, path: Path, place: Place | None = None) -> None:
        self._path = path
        self._decoder = msgspec.json.Decoder(Event)
        self._heads = msgspec.json.Decoder(_Head)
        self._forget()
        if place is not None:
            self._offset, self._seq = place.offset, place.seq
            self._counts |= place.counts

    def _forget(self) -> None:
        """Begin at the first byte."""
        self._file: tuple[int, int] | None = None
        self._offset = 0
        self._seq = 0
        self._skipping = False
        self._held: Event | _Unreadable | None = None
        self._counts = dict.fromkeys(Faults.__slots__, 0)

    @property
    def faults(self) -> Faults:
        """Return what the log held besides events."""
        return Faults(**self._counts)

    @property
    def seq(self) -> int:
        """Return the number of the newest event read."""
        return self._seq

    @property
    def place(self) -> Place | None:
        """Return how far the log is read, None while a line is held back or passed over."""
        if self._held is not None or self._skipping:
            return None
        return Place(offset=self._offset, seq=self._seq, counts=dict(self._counts))

    def read(self, limit: int = _CHUNK) -> Batch:
        """Return the whole new lines within about `limit` bytes."""
        try:
            with self._path.open("rb", buffering=0) as file:
                status = os.fstat(file.fileno())
                identity = (status.st_dev, status.st_ino)
                replaced = self._file not in (None, identity) or status.st_size < self._offset
                if replaced:
                    self._forget()
                self._file = identity
                content = self._whole_lines(file.fileno(), status.st_size, limit)
        except FileNotFoundError:
            return Batch(events=[], more=False)
        except OSError as error:
            raise storage_error(error, self._path, doing="read the event log") from error
        events = self._accepted(content.split(b"\n")) if content else self._released()
        more = bool(content) and (self._offset < status.st_size or self._held is not None)
        return Batch(events=events, more=more, restarted=replaced)

    def _whole_lines(self, descriptor: int, size: int, limit: int) -> bytes:
        """Return the bytes up to the last line feed within reach, and move past them."""
        block = max(limit, 1)
        while True:
            content = os.pread(descriptor, block, self._offset)
            end = content.rfind(b"\n") + 1
            if end:
                break
            if len(content) < block:
                return b""
            if block >= _LINE_LIMIT:
                self._offset += len(content)
                self._skipping = True
                return b"\n"
            block *= 8
        self._offset += end
        content = content[: end - 1]
        if self._skipping:
            self._skipping = False
            self._counts["garbage"] += 1
            content = content.partition(b"\n")[2]
        return content or b"\n"

    def _accepted(self, lines: list[bytes]) -> list[Event]:
        """Return the events among the lines, each once and in order."""
        accepted: list[Event] = []
        expected = self._seq + 1
        for line in lines:
            if not line:
                continue
            try:
                found: Event | _Unreadable | None = self._decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                found = self._unreadable(line)
            else:
                if found.v > VERSION:  # type: ignore[union-attr]
                    found = _Unreadable(found.seq, newer=True)  # type: ignore[union-attr]
            if found is None or found.seq < 1:
                self._counts["garbage"] += 1
            elif found.seq == expected and self._held is None:
                self._take(found, accepted)
                expected += 1
            else:
                self._judge(found, accepted)
                expected = self._seq + 1
        return accepted

    def _judge(self, found: Event | _Unreadable, accepted: list[Event]) -> None:
        """Decide on a line whose number is not the next one, with the line held before it.

        A jump ahead is believed when the next line goes on from there, and was damage when it
        does not; otherwise one damaged digit would hide all that follows.
        """
        held = self._held
        if found.seq <= self._seq:
            self._counts["duplicates"] += 1
            return
        self._held = None
        if held is not None and found.seq == held.seq:
            self._counts["duplicates"] += 1
        elif held is not None and found.seq > held.seq:
            self._take(held, accepted)
        elif held is not None:
            self._counts["garbage"] += 1
        if found.seq == self._seq + 1:
            self._take(found, accepted)
        else:
            self._held = found

    def _take(self, found: Event | _Unreadable, accepted: list[Event]) -> None:
        """Count the numbers passed over, then accept the line."""
        self._counts["missing"] += found.seq - self._seq - 1
        self._seq = found.seq
        if isinstance(found, _Unreadable):
            self._counts["newer" if found.newer else "unknown"] += 1
        else:
            accepted.append(found)

    def _released(self) -> list[Event]:
        """Return the held event when nothing came after it that could contradict it."""
        accepted: list[Event] = []
        if self._held is not None:
            self._take(self._held, accepted)
            self._held = None
        return accepted

    def _unreadable(self, line: bytes) -> _Unreadable | None:
        """Return the number of a line of another version, None for a line that is no event."""
        try:
            head = self._heads.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        return _Unreadable(head.seq, newer=head.v > VERSION)


def read_ends(path: Path, *, head: int = 1 << 14, tail: int = 1 << 15) -> list[Event]:
    """Return the events at the beginning and at the end of a log, for a summary that is cheap."""
    try:
        with path.open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            if size <= head + tail:
                lines = os.pread(file.fileno(), size, 0).split(b"\n")[:-1]
            else:
                first = os.pread(file.fileno(), head, 0).split(b"\n")[:-1]
                last = os.pread(file.fileno(), tail, size - tail).split(b"\n")[1:-1]
                lines = first + last
    except FileNotFoundError:
        return []
    except OSError as error:
        raise storage_error(error, path, doing="read the event log") from error
    decoder = msgspec.json.Decoder(Event)
    events: list[Event] = []
    for line in lines:
        try:
            event = decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        if event.v <= VERSION:
            events.append(event)
    return events
