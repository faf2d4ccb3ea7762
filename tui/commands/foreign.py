"""`tuningfork watch PATH`: follow the training run of another program, where its files lie."""

import json
import sys
import time
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.text_safety import clip, visible
from tui.wording import age, duration, figure

if TYPE_CHECKING:
    from core.jobs.status import JobStatus
    from core.jobs.watching import JobViewer

_LOOK_EVERY_S = 0.5
_GIVEN_UP_S = 3600.0
"""Silence after which plain lines end; a screen stays until it is closed."""
_FURTHER_SHOWN = 12


def path_of(word: str | None) -> Path | None:
    """Return the path that a word means; None when it is the id of a run, or nothing at all."""
    if word is None:
        return None
    path = Path(word).expanduser()
    return path if word.startswith((".", "~")) or "/" in word or path.exists() else None


def watch(path: Path, arguments: Namespace) -> int:
    """Show the run on a screen where there is one, else as lines or as one object."""
    from core.foreign.find import open_viewer
    from tui import plain
    from tui.commands.screen import show_path, wants_lines

    viewer = open_viewer(path, clock=_now)
    if arguments.json:
        while viewer.look_until_caught_up().state == "seems to run":
            time.sleep(_LOOK_EVERY_S)
        print(json.dumps(viewer.status.as_json(), ensure_ascii=False))
        return _code(viewer.status)
    if not wants_lines(arguments):
        return show_path(path, viewer, arguments)
    plain.watch(viewer, sys.stdout, is_over=_is_over, describe=state_words)
    for line in further_lines(viewer):
        print(line)
    return _code(viewer.status)


def _code(status: "JobStatus") -> int:
    return 1 if status.state in {"failed", "lost"} else 0


def state_words(status: "JobStatus") -> str:
    """Return the state with what it rests on: the newest point, where there is no lock."""
    from core.events.timing import silence

    quiet = silence(status.run_state, _now())
    if status.state == "seems to run":
        return f"seems to run: newest point {age(quiet or 0.0)}"
    if status.state == "no new point":
        return "no point yet" if quiet is None else f"no new point for {duration(quiet)}"
    return status.state


def further_lines(viewer: "JobViewer") -> list[str]:
    """Return the newest values of curves that have no name of ours."""
    from core.foreign.viewer import ForeignViewer

    if not isinstance(viewer, ForeignViewer):
        return []
    lines = []
    for tag, series in list(viewer.further.items())[:_FURTHER_SHOWN]:
        newest = series.nearest(series.last_step)
        if newest is not None:
            words = visible(clip(tag, 60))
            lines.append(f"further: {words} {figure(newest.value)} at step {newest.step:,.0f}")
    return lines


def _is_over(status: "JobStatus") -> bool:
    """Return whether nothing more is to be expected."""
    from core.events.timing import silence
    from core.jobs.status import LIVE

    if status.state != "no new point":
        return status.state not in LIVE
    quiet = silence(status.run_state, _now())
    return quiet is None or quiet > _GIVEN_UP_S


def _now() -> datetime:
    return datetime.now(UTC)
