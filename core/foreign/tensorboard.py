"""TensorBoard's event files of one run, joined: a restart begins another file."""

import os
import re
from pathlib import Path

from core.events.schema import Event
from core.foreign.figures import moment, whole
from core.foreign.points import Points
from core.foreign.source import Found, Further
from core.foreign.tail import Tail
from core.foreign.tfevent import NotAnEvent, TfEvent, read_event
from core.foreign.tfrecord import HEADER, LARGEST, cut

_NAME = re.compile(r"events\.out\.tfevents\.(\d+)?")
_CHUNK = 1 << 18
_FILES = 500
"""Event files that are followed; a folder with more is no run."""


class _File:
    """One event file, from its first record to its newest."""

    def __init__(self, path: Path) -> None:
        self.tail = Tail(path)
        self.damaged = 0
        self._lost = False

    def read(self) -> tuple[list[TfEvent], bool, bool]:
        """Return new events, whether there is more at once, and whether the file was replaced."""
        content, beyond, restarted = self.tail.ahead(max(_CHUNK, HEADER + LARGEST + 4))
        if restarted:
            self.damaged, self._lost = 0, False
        records, used, damaged, self._lost = cut(content, beyond=beyond, lost=self._lost)
        self.damaged += damaged
        self.tail.consume(content[:used])
        if used > len(content):
            self.tail.jump(used - len(content))
        events: list[TfEvent] = []
        for record in records:
            try:
                events.append(read_event(record))
            except NotAnEvent:
                self.damaged += 1
        return events, used > 0 and len(content) + beyond > used, restarted


class TensorBoard:
    """Follows the event files in one folder and those below its `runs`, or one named file."""

    live = True

    def __init__(self, place: Path) -> None:
        self._place = place
        self._files: dict[Path, _File] = {}
        self._begin()

    def _begin(self) -> None:
        self._points = Points()
        self._step = -1
        self._at = 0.0
        self._values: dict[str, object] = {}
        self._odd = 0

    @property
    def damaged(self) -> int:
        """Records whose checksum or content is wrong."""
        return self._odd + sum(file.damaged for file in self._files.values())

    @property
    def changed(self) -> float:
        """When the newest of the files changed."""
        return max((file.tail.changed for file in self._files.values()), default=0.0)

    @property
    def files(self) -> tuple[str, ...]:
        """The event files, oldest first."""
        return tuple(map(str, self._files))

    def read(self) -> Found:
        """Return what the new records say; a step counts once its last value is there."""
        for path in event_files(self._place)[:_FILES]:
            self._files.setdefault(path, _File(path))
        events: list[Event] = []
        further: list[Further] = []
        more = False
        for file in self._files.values():
            found, unread, restarted = file.read()
            if restarted:
                self._files.clear()
                self._begin()
                return Found([], [], more=True, restarted=True)
            more = more or unread
            for one in found:
                self._take(one, file.tail.changed, events, further)
            if unread:
                break  # what a later file says comes after all that this one says
        if not more and not events and not further:
            self._flush(events, further)
        return Found(events, further, more or bool(self._values))

    def _take(
        self, event: TfEvent, changed: float, events: list[Event], further: list[Further]
    ) -> None:
        """Add the values of a record to those of its step."""
        step = whole(event.step)
        if step is None:
            self._odd += bool(event.scalars)
            return
        for tag, value in event.scalars:
            if step != self._step or tag in self._values:
                self._flush(events, further)
            self._step = step
            # A clock that was wrong must not make a point of the future or of 1970.
            self._at = event.wall_time if 0 < event.wall_time <= changed else changed
            self._values[tag] = value

    def _flush(self, events: list[Event], further: list[Further]) -> None:
        """Make events of the step that is over."""
        values, self._values = self._values, {}
        if not values:
            return
        said, other = self._points.log(self._step, values, t=moment(self._at))
        events += said
        further += other


def is_event_file(path: Path) -> bool:
    """Return whether a file is named as TensorBoard's are."""
    return _NAME.match(path.name) is not None


def event_files(place: Path) -> list[Path]:
    """Return the event files of a run, oldest first; a named file is one whatever its name."""
    if not place.is_dir():
        return [place]
    folders = [place, place / "runs", *_folders(place / "runs")]
    files = [file for folder in folders for file in _in(folder)]
    return sorted(files, key=_order)


def _order(path: Path) -> tuple[int, str]:
    """Return when a file was begun, by its name, and the name."""
    found = _NAME.match(path.name)
    return int((found[1] if found else "") or 0), str(path)


def _in(folder: Path) -> list[Path]:
    try:
        return [folder / one.name for one in os.scandir(folder) if _NAME.match(one.name)]
    except OSError:
        return []


def _folders(folder: Path) -> list[Path]:
    try:
        return [folder / one.name for one in os.scandir(folder) if one.is_dir()]
    except OSError:
        return []
