"""The log of one rater: events chained to the plan, each safe on disk before it counts as saved."""

import errno
import fcntl
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self

import msgspec

from core.errors import DataError, JobError
from core.scoring.study.canonical import canonical, event_id, link
from core.storage import storage_error
from core.text_safety import visible

Kind = Literal[
    "rate", "pick", "skip", "flag", "comment", "edit", "clear", "supersede", "commit", "guess"
]
RUBRIC_VERSION = 1


class RatingEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a rater's log."""

    eid: str
    """Unlike every other; the same one twice counts once."""
    ts: str
    """When, UTC."""
    rater: str
    """Who."""
    study: str
    """Of which study."""
    item: str
    """What was rated; empty for what is about the whole study."""
    occurrence: int
    """0 the first time an item is met, 1 when it comes again."""
    side: str
    """Which answer; empty for what is about the item."""
    position: int
    """At which place the answer stood, from 0; -1 where that means nothing."""
    slot: int
    """Which order of items the rater follows."""
    rubric_version: int = RUBRIC_VERSION
    """Which wording of the rubric was on the screen."""
    kind: Kind
    """What was done."""
    value: Any
    """A score, a side, a text or a reason, by kind."""
    supersedes: str = ""
    """The event that counts no more because of this one."""
    dwell_ms: int
    """How long the item had been on the screen."""
    screen_cols: int
    """Columns of the terminal: how much was in sight at once."""
    app_version: str
    """What wrote it."""
    prev: str
    """Hash of the event before, or of the plan."""
    hash: str
    """Hash of this event and of `prev`."""


_decoder = msgspec.json.Decoder(RatingEvent)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLog:
    """A log as far as it holds."""

    events: tuple[RatingEvent, ...]
    """Every event that follows from the plan, in order."""
    end: str
    """Hash of the last of them."""
    size: int
    """Bytes of their lines."""
    torn: int
    """Bytes after them without a line's end, which a crash left; never shown as saved."""
    problem: str
    """What is wrong with the first line that does not follow; empty when all do."""


def read_log(path: Path, *, seal: str) -> ReadLog:
    """Return what a log holds; `seal` is the plan's hash, from which its chain starts."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        content = b""
    except OSError as error:
        raise storage_error(error, path, doing="read the ratings") from error
    *lines, torn = content.split(b"\n")
    events: list[RatingEvent] = []
    end, size, problem = seal, 0, ""
    for number, line in enumerate(lines, start=1):
        try:
            event = _follows(line, end)
        except (msgspec.MsgspecError, ValueError) as broken:
            problem = f"line {number} of {path.name}: {visible(str(broken))}"
            break
        events.append(event)
        end, size = event.hash, size + len(line) + 1
    return ReadLog(events=tuple(events), end=end, size=size, torn=len(torn), problem=problem)


def _follows(line: bytes, end: str) -> RatingEvent:
    """Return the event of a line; ValueError where it was changed or something is missing."""
    event = _decoder.decode(line)
    if canonical(msgspec.to_builtins(event)) != line:
        raise ValueError("it is not as this program wrote it")
    if event.prev != end:
        raise ValueError("an event before it was removed, added or moved")
    if link(event.prev, msgspec.to_builtins(event)) != event.hash:
        raise ValueError("the event was changed after it was saved")
    return event


class RatingLog:
    """A log that is open for writing; one program at a time has it."""

    def __init__(self, path: Path, *, seal: str, rater: str, study: str) -> None:
        self._path = path
        self._rater = rater
        self._study = study
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise storage_error(error, path, doing="open the ratings") from error
        try:
            self._take(seal)
        except BaseException:
            os.close(self._descriptor)
            raise

    def _take(self, seal: str) -> None:
        """Lock the file, check it and cut off what a crash tore."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            raise JobError(
                what=f"{self._rater} is rating in another window.",
                why="Two programs that write one rater's log would rate each other's items.",
                remedy="Go on there, or close it and start again here.",
            ) from busy
        found = read_log(self._path, seal=seal)
        if found.problem:
            raise DataError(
                what=f"The ratings of {self._rater} cannot be trusted.",
                why=f"{found.problem[:1].upper()}{found.problem[1:]}.",
                remedy="Tell the owner of the study; put back the file as it was written.",
            )
        if found.torn:
            os.ftruncate(self._descriptor, found.size)
        self._events = list(found.events)
        self.torn = found.torn
        self._end, self._size = found.end, found.size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def events(self) -> Sequence[RatingEvent]:
        """Every event, the oldest first."""
        return self._events

    def close(self) -> None:
        """Let another window have it."""
        os.close(self._descriptor)

    def add(
        self,
        kind: Kind,
        *,
        item: str,
        now: datetime,
        value: Any = None,
        side: str = "",
        occurrence: int = 0,
        position: int = -1,
        slot: int = 0,
        supersedes: str = "",
        dwell_ms: int = 0,
        screen_cols: int = 0,
        app_version: str = "",
    ) -> RatingEvent:
        """Write an event and return it; it is saved when this returns, and not before."""
        event = RatingEvent(
            eid=event_id(),
            ts=now.isoformat(timespec="milliseconds"),
            rater=self._rater,
            study=self._study,
            item=item,
            occurrence=occurrence,
            side=side,
            position=position,
            slot=slot,
            kind=kind,
            value=value,
            supersedes=supersedes,
            dwell_ms=dwell_ms,
            screen_cols=screen_cols,
            app_version=app_version,
            prev=self._end,
            hash="",
        )
        event = msgspec.structs.replace(event, hash=link(self._end, msgspec.to_builtins(event)))
        line = canonical(msgspec.to_builtins(event)) + b"\n"
        try:
            if os.write(self._descriptor, line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._descriptor)
        except OSError as error:
            os.ftruncate(self._descriptor, self._size)
            raise storage_error(error, self._path, doing="save the rating") from error
        self._events.append(event)
        self._end, self._size = event.hash, self._size + len(line)
        return event
