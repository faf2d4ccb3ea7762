"""Who rates what now: k people an item, no item held by somebody who left, no counter kept.

What is finished is read from the logs; the file holds only what no log can say: which slot is
whose, and what somebody has before their eyes.
"""

import fcntl
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from core.errors import DataError
from core.scoring.study.folder import StudyFolder
from core.storage import replace_file, storage_error

LEASE = timedelta(minutes=30)
"""After this long without a finished item it goes back to the others."""


class Leases(msgspec.Struct, kw_only=True):
    """What the file holds."""

    slots: dict[str, int] = {}
    """Which order of items each rater follows."""
    held: dict[str, dict[str, datetime]] = {}
    """Until when each item is held, by item and rater."""

    def slot_of(self, rater: str, slots: int) -> int:
        """Return a rater's slot; the first time, the next one, from the start again at the end."""
        return self.slots.setdefault(rater, len(self.slots) % slots)

    def others_on(self, item: str, rater: str, now: datetime) -> int:
        """Return how many other raters have an item before them."""
        held = self.held.get(item, {})
        return sum(until > now for name, until in held.items() if name != rater)

    def take(self, item: str, rater: str, now: datetime) -> None:
        """Let a rater have an item, and nothing else."""
        self.give_back(rater)
        self.held.setdefault(item, {})[rater] = now + LEASE

    def give_back(self, rater: str) -> None:
        """Let others have what a rater held."""
        for item in [name for name, held in self.held.items() if rater in held]:
            del self.held[item][rater]
            if not self.held[item]:
                del self.held[item]


@contextmanager
def changing(folder: StudyFolder) -> Iterator[Leases]:
    """Yield the leases alone, and write them when the body ends well."""
    path = folder.leases
    try:
        lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise storage_error(error, path, doing="take an item to rate") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            before = path.read_bytes()
            leases = msgspec.json.decode(before, type=Leases)
        except FileNotFoundError:
            before, leases = b"", Leases()
        except msgspec.MsgspecError as broken:
            raise DataError(
                what="Who rates what at the moment cannot be read.",
                why=f"{path.name} was changed by something else.",
                remedy=f"Remove {path.name}: no rating is in it, only who is at which item.",
            ) from broken
        yield leases
        after = msgspec.json.encode(leases)
        if after != before:
            replace_file(path, after)
    finally:
        os.close(lock)


@dataclass
class Finished:
    """How many people have rated each item to its end, kept up to date from everybody's log."""

    folder: StudyFolder
    """The study."""
    _read: dict[str, int] = field(default_factory=dict)
    """Bytes of each log that were looked at."""
    _commits: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Rater and item of every commit that counts, by event."""

    def look(self) -> None:
        """Take in what was written since the last look."""
        for rater in self.folder.raters():
            with self.folder.log(rater).open("rb") as file:
                file.seek(self._read.get(rater, 0))
                new = file.read()
            whole = new.rfind(b"\n") + 1
            self._read[rater] = self._read.get(rater, 0) + whole
            for line in new[:whole].splitlines():
                self._take(rater, line)

    def _take(self, rater: str, line: bytes) -> None:
        try:
            event = _decoder.decode(line)
        except msgspec.MsgspecError:
            return  # the check of the study names a damaged line
        if event.kind == "commit" and event.occurrence == 0:
            self._commits[event.eid] = (rater, event.item)
        elif event.kind == "supersede":
            self._commits.pop(event.supersedes, None)

    def by_item(self) -> Counter[str]:
        """Return how many people finished each item."""
        return Counter(item for _, item in set(self._commits.values()))

    def by_rater(self) -> Counter[str]:
        """Return how many items each person finished."""
        return Counter(rater for rater, _ in set(self._commits.values()))


class _Commit(msgspec.Struct, frozen=True, kw_only=True):
    """The part of an event that says what is finished."""

    eid: str
    kind: str
    item: str
    occurrence: int
    supersedes: str = ""


_decoder = msgspec.json.Decoder(_Commit)
