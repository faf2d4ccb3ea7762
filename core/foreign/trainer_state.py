"""`trainer_state.json`, which the Hugging Face Trainer writes with every checkpoint."""

import os
import re
from pathlib import Path
from typing import Any

from core.events.schema import CheckpointSaved, Event, RunFinished
from core.foreign.figures import json_object, moment, number, whole
from core.foreign.points import Points
from core.foreign.source import NOTHING, Found, Further

NAME = "trainer_state.json"
CHECKPOINT = re.compile(r"checkpoint-(\d{1,15})\Z")
_LARGEST = 1 << 27
"""Bytes; a state with a million points has about this size."""
_TOGETHER_S = 10.0
"""Files this close in time were copied together; then the later step is the newer one."""
_NOT_CURVES = frozenset({"step"})
_END = 1 << 60
"""Counts as the step of a state outside any checkpoint: it is written after the last one."""


class TrainerState:
    """Follows the newest such file of an output folder, or one named file."""

    live = False

    def __init__(self, place: Path) -> None:
        self._place = place
        self._path: Path | None = None
        self._stamp: tuple[int, ...] = ()
        self._changed = 0.0
        self._unreadable = 0
        self._begin()

    def _begin(self) -> None:
        self._points = Points()
        self._told: list[str] = []
        self._checkpoints: set[int] = set()
        self._odd = 0
        self._over = False

    @property
    def damaged(self) -> int:
        """Entries of the history that are none, and states that could not be read."""
        return self._odd + self._unreadable

    @property
    def changed(self) -> float:
        """When the state was last written."""
        return self._changed

    @property
    def files(self) -> tuple[str, ...]:
        """The newest state."""
        return () if self._path is None else (str(self._path),)

    def read(self) -> Found:
        """Return what the newest state adds; a state that was read before costs one look."""
        path, checkpoints = self._newest()
        if path is None:
            return NOTHING
        try:
            status = path.stat()
            stamp = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
            if stamp == self._stamp or status.st_size > _LARGEST:
                return NOTHING
            content = path.read_bytes()
        except OSError:
            return NOTHING
        self._stamp = stamp
        state = json_object(content)
        if state is None or not isinstance(state.get("log_history"), list):
            self._unreadable = 1  # half written; the next stamp brings the whole
            return NOTHING
        self._unreadable = 0
        self._path, self._changed = path, status.st_mtime
        return self._said(state, checkpoints)

    def _newest(self) -> tuple[Path | None, dict[int, Path]]:
        """Return the newest state and the folders of all checkpoints."""
        if self._place.name == NAME:
            return self._place, {}
        found: list[tuple[float, int, Path]] = []
        checkpoints: dict[int, Path] = {}
        try:
            names = [entry.name for entry in os.scandir(self._place)]
        except OSError:
            return None, {}
        for name in names:
            step = CHECKPOINT.match(name)
            if step:
                checkpoints[int(step[1])] = self._place / name
            elif name != NAME:
                continue
            path = self._place / name / NAME if step else self._place / NAME
            try:
                found.append((path.stat().st_mtime, int(step[1]) if step else _END, path))
            except OSError:
                checkpoints.pop(int(step[1]) if step else -1, None)
        if not found:
            return None, {}
        newest = max(found)[0]
        together = [one for one in found if one[0] >= newest - _TOGETHER_S]
        return max(together, key=lambda one: one[1])[2], checkpoints

    def _said(self, state: dict[str, Any], checkpoints: dict[int, Path]) -> Found:
        """Return what is new in a state; all of it when it does not go on from the one before."""
        history = [one for one in state["log_history"] if isinstance(one, dict)]
        marks = [repr(one) for one in history]
        known = len(self._told)
        restarted = marks[:known] != self._told
        if restarted:
            self._begin()
            known = 0
        self._told = marks
        self._odd = len(state["log_history"]) - len(history)
        t = moment(self._changed)
        total = whole(state.get("max_steps"))
        events = self._points.plan(total, number(state.get("num_train_epochs")))
        further: list[Further] = []
        for entry in history[known:]:
            step = whole(entry.get("step"))
            if step is None:
                self._odd += 1
                continue
            values = {name: value for name, value in entry.items() if name not in _NOT_CURVES}
            said, other = self._points.log(step, values, t=t, pace=0.0)
            events += said
            further += other
        events += self._saved(checkpoints, t)
        self._over = self._over or any(isinstance(one, RunFinished) for one in events)
        if total and (whole(state.get("global_step")) or 0) >= total and not self._over:
            self._over = True
            events.append(self._points.ended(t))
        return Found(events, further, restarted=restarted)

    def _saved(self, checkpoints: dict[int, Path], t: str) -> list[Event]:
        """Return the checkpoints that were not there before."""
        new = sorted(set(checkpoints) - self._checkpoints)
        self._checkpoints.update(new)
        return [
            CheckpointSaved(
                t=t,
                step=step,
                path=checkpoints[step].name,
                bytes=folder_bytes(checkpoints[step]),
                why="periodic",
            )
            for step in new
        ]


def folder_bytes(folder: Path) -> int:
    """Return the bytes of the files directly in a folder."""
    try:
        return sum(entry.stat().st_size for entry in os.scandir(folder) if entry.is_file())
    except OSError:
        return 0
