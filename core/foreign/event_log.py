"""An event log of ours that lies alone: copied, or sent by another machine without its lock."""

import os
from pathlib import Path

from core.errors import TuningforkError
from core.events.reader import EventReader
from core.foreign.source import NOTHING, Found

NAME = "events.jsonl"


class EventLog:
    """Follows one such log."""

    live = True

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader = EventReader(path)

    @property
    def damaged(self) -> int:
        """Lines that are no event, and numbers that no line has."""
        return self._reader.faults.garbage + self._reader.faults.missing

    @property
    def changed(self) -> float:
        """When the log last changed."""
        try:
            return os.stat(self._path).st_mtime
        except OSError:
            return 0.0

    @property
    def files(self) -> tuple[str, ...]:
        """The one file."""
        return (str(self._path),)

    def read(self) -> Found:
        """Return the new events."""
        try:
            batch = self._reader.read(1 << 18)
        except TuningforkError:
            return NOTHING
        return Found(batch.events, [], batch.more, batch.restarted)
