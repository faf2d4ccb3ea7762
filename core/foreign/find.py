"""What lies at a path that somebody wants to watch, and who can follow it."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from core.errors import EventLogError, TuningforkError
from core.foreign import event_log, trainer_log, trainer_state
from core.foreign.event_log import EventLog
from core.foreign.figures import json_object
from core.foreign.source import Source
from core.foreign.tensorboard import TensorBoard, event_files, is_event_file
from core.foreign.tfrecord import HEADER, cut
from core.foreign.trainer_log import TrainerLog
from core.foreign.trainer_state import CHECKPOINT, TrainerState
from core.foreign.viewer import ForeignViewer, made_up_record
from core.jobs.status import Viewer
from core.jobs.watching import JobViewer
from core.text_safety import clip, visible
from core.workspace import RunFolder

OWN = "tuningfork"
"""Folder inside an output folder in which the callback writes."""
_HEAD = 1 << 16
_SHOWN = 5
_ENTRIES = 2000
"""Entries of a folder that are looked at for runs below it."""


def open_viewer(path: Path, *, clock: Callable[[], datetime]) -> JobViewer:
    """Return who follows the run at a path; EventLogError when there is none."""
    path = path.absolute()
    if not path.exists():
        raise EventLogError(
            what=f"There is nothing at {_shown(path)}.",
            why="A path to watch is a folder or file in which a training run leaves its figures.",
            remedy="Check the path; `tuningfork runs` lists the runs of a workspace.",
        )
    own = _own_log(path)
    if own is not None:
        return _follow_own(own, clock)
    sources = _sources(path)
    if not sources:
        raise _nothing(path)
    return ForeignViewer(path, sources, clock=clock)


def _own_log(path: Path) -> Path | None:
    """Return the event log of ours at a path."""
    if path.is_file():
        return path if path.name == event_log.NAME else None
    logs = (path / event_log.NAME, path / OWN / event_log.NAME)
    return next((log for log in logs if log.is_file()), None)


def _follow_own(log: Path, clock: Callable[[], datetime]) -> JobViewer:
    """Return who follows a log of ours: by its lock where that lies beside it."""
    folder = RunFolder(log.parent)
    if not folder.lock.exists():
        return ForeignViewer(folder.path, [EventLog(log)], clock=clock)
    try:
        return Viewer(folder)
    except TuningforkError:
        return Viewer(folder, made_up_record(folder.id))


def _sources(path: Path) -> list[Source]:
    """Return readers of all that a path holds."""
    if path.is_file():
        one = _of_file(path)
        return [one] if one else []
    found: list[Source] = []
    if (path / trainer_log.NAME).is_file():
        found.append(TrainerLog(path / trainer_log.NAME))
    if event_files(path):
        found.append(TensorBoard(path))
    if _has_state(path):
        found.append(TrainerState(path))
    return found or _one_below(path)


def _of_file(path: Path) -> Source | None:
    """Return the reader of a file, by its name or else by how it begins."""
    if path.name == trainer_state.NAME:
        return TrainerState(path)
    if path.name == trainer_log.NAME:
        return TrainerLog(path)
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return None
    first = json_object(head.partition(b"\n")[0]) or {}
    if "current_steps" in first:
        return TrainerLog(path)
    if {"v", "seq", "type"} <= first.keys():
        return EventLog(path)
    if is_event_file(path) or (len(head) >= HEADER and cut(head, beyond=0).records):
        return TensorBoard(path)
    return None


def _has_state(path: Path) -> bool:
    if (path / trainer_state.NAME).is_file():
        return True
    return any(
        CHECKPOINT.match(name) and (path / name / trainer_state.NAME).is_file()
        for name in _names(path)
    )


def _one_below(path: Path) -> list[Source]:
    """Return the reader of the only run one or two folders further down."""
    below = [path / name for name in _names(path)]
    below += [folder / name for folder in below for name in _names(folder)]
    runs = [folder for folder in below if event_files(folder)]
    runs = [one for one in runs if "runs" not in one.relative_to(path).parts]
    if len(runs) > 1:
        newest = sorted(runs, key=lambda one: max(map(_changed, event_files(one))), reverse=True)
        names = ", ".join(_shown(one.relative_to(path)) for one in newest[:_SHOWN])
        raise EventLogError(
            what=f"{_shown(path)} holds {len(runs)} runs: {names}.",
            why="Their curves are not those of one run, so they are not drawn as one.",
            remedy=f"Name one: `tuningfork watch {_shown(newest[0])}` follows the newest.",
        )
    return [TensorBoard(runs[0])] if runs else []


def _names(path: Path) -> list[str]:
    """Return the folders inside a folder, in order."""
    try:
        with os.scandir(path) as entries:
            found = [
                one.name for _, one in zip(range(_ENTRIES), entries, strict=False) if one.is_dir()
            ]
    except OSError:
        return []
    return sorted(found)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _nothing(path: Path) -> EventLogError:
    kind = "folder" if path.is_dir() else "file"
    return EventLogError(
        what=f"Nothing in the {kind} {_shown(path)} can be followed yet.",
        why="It holds no trainer_state.json, trainer_log.jsonl, TensorBoard events or events.jsonl."
        " The Hugging Face Trainer writes its first state with its first checkpoint.",
        remedy='Wait for it, or train with report_to="tensorboard" or our callback'
        " (core.foreign.callback) to see every point.",
    )


def _shown(path: Path) -> str:
    return visible(clip(str(path), 200))
