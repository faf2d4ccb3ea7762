"""kill -9 of a worker at any moment: seen as lost at once, and nothing that was shown is lost."""

import os
import random
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.events.reader import EventReader
from core.events.run_state import RunState
from core.events.schema import Event, Resumed, StepLogged
from core.jobs.lock import is_held
from core.jobs.resume import resume
from core.jobs.status import Viewer, read_status
from core.workspace import RunFolder, Workspace
from tests.support.jobs import (
    processes_of,
    read_events,
    rehearse,
    wait_for_state,
    wait_until,
    worker_pid,
    workspace_of_jobs,
)

STEPS = 120
SPEC: dict[str, Any] = {"steps": STEPS, "rate": 300.0, "eval_every": 10, "checkpoint_every": 7}
LOOKS = 2
"""Looks within which a freed lock is seen: the one under way, and the next."""
RESUMED = ("step", "loss", "ema", "eval_loss", "best_step", "best_loss", "bad_steps", "lr")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with workspace_of_jobs(tmp_path / "ws") as made:
        yield made


@dataclass
class Watcher:
    """Somebody who looks all the time, in a thread, and remembers what was shown."""

    folder: RunFolder
    shown: list[Event] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    looks: int = 0
    lost_at: int | None = None
    """The look that saw the loss; None while none did."""
    done: bool = False

    def watch(self) -> None:
        viewer = Viewer(self.folder)
        reader = EventReader(self.folder.events)
        while not self.done:
            self.shown += reader.read().events
            self.looks += 1
            viewer.look()
            state = viewer.status.state
            if not self.states or self.states[-1] != state:
                self.states.append(state)
                self.lost_at = self.looks if state == "lost" else None
            time.sleep(0.02)


def _straight(workspace: Workspace) -> RunState:
    """Return the state of a run that nobody killed."""
    folder = rehearse(workspace, **{**SPEC, "rate": 0.0})
    assert wait_for_state(folder, "finished", "failed", "lost") == "finished"
    return read_status(folder).run_state


def _kill_once(folder: RunFolder, written: int) -> int | None:
    """Kill the worker once so many lines are written; return the looks until both viewers saw it.

    None where it was over first.
    """
    watchers = [Watcher(folder), Watcher(folder)]
    threads = [threading.Thread(target=watcher.watch) for watcher in watchers]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: _lines(folder) >= written, f"{written} lines")
        for pid in processes_of(folder):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not is_held(folder.lock), "a lock that is free")
        freed = [watcher.looks for watcher in watchers]
        wait_until(
            lambda: all(one.states and one.states[-1] in {"lost", "finished"} for one in watchers),
            "an end in both viewers",
        )
    finally:
        for watcher in watchers:
            watcher.done = True
        for thread in threads:
            thread.join()
    whole = read_events(folder.events)
    for watcher in watchers:
        assert watcher.shown == whole[: len(watcher.shown)], "what was shown is still there"
        assert watcher.states.count("lost") <= 1, watcher.states
    if watchers[0].states[-1] == "finished":
        return None
    return max((one.lost_at or 0) - at for one, at in zip(watchers, freed, strict=True))


def _lines(folder: RunFolder) -> int:
    return folder.events.read_bytes().count(b"\n") if folder.events.exists() else 0


def _resumed_equals(folder: RunFolder, straight: RunState) -> None:
    """Resume until the end; the fold must be that of a run that never stopped."""
    before = read_events(folder.events)
    resume(folder, now=datetime.now(UTC), environment=os.environ)
    wait_until(lambda: read_status(folder).state not in {"lost"}, "the next attempt")
    assert wait_for_state(folder, "finished", "failed", "lost") == "finished"
    whole = read_events(folder.events)
    assert whole[: len(before)] == before, "nothing that was written is lost"
    assert [event.seq for event in whole] == list(range(1, len(whole) + 1))
    assert len({event.attempt for event in whole}) == 2
    (resumed,) = [event for event in whole if isinstance(event, Resumed)]
    later = whole[whole.index(resumed) :]
    steps = [event.step for event in later if isinstance(event, StepLogged)]
    assert steps == list(range(resumed.from_step + 1, STEPS + 1))
    state = read_status(folder).run_state
    for name in RESUMED:
        assert getattr(state, name) == getattr(straight, name), name
    assert [one.step for one in state.evals] == [one.step for one in straight.evals]


def _kill_points(workspace: Workspace, points: Iterable[int]) -> None:
    """Kill a run after so many lines of its log, for each of these; a run that was over is none."""
    straight = _straight(workspace)
    for written in points:
        looks = None
        while looks is None:
            folder = rehearse(workspace, **SPEC)
            looks = _kill_once(folder, written)
        assert looks <= LOOKS, written
        _resumed_equals(folder, straight)


def test_a_worker_killed_at_any_moment_is_seen_and_resumed(workspace: Workspace) -> None:
    _kill_points(workspace, (0, 1, 2, 9, 40, 70, 100))


@pytest.mark.slow
def test_a_worker_killed_at_fifty_moments_is_seen_and_resumed(workspace: Workspace) -> None:
    _kill_points(workspace, random.Random(20260101).choices(range(STEPS), k=50))


def test_a_run_killed_again_and_again_still_ends_right(workspace: Workspace) -> None:
    straight = _straight(workspace)
    folder = rehearse(workspace, **SPEC)
    targets = (15, 40, 62, 90)
    for attempt, target in enumerate(targets, 2):
        wait_until(
            lambda goal=target: read_status(folder).run_state.step >= goal,  # type: ignore[misc]
            f"step {target}",
        )
        pid = worker_pid(folder)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: read_status(folder).state == "lost", "lost")
        resume(folder, now=datetime.now(UTC), environment=os.environ)
        wait_until(
            lambda number=attempt: read_status(folder).run_state.attempt == number,  # type: ignore[misc]
            f"attempt {attempt}",
        )
    assert wait_for_state(folder, "finished", "failed", "lost") == "finished"
    state = read_status(folder).run_state
    assert state.attempt == len(targets) + 1
    for name in RESUMED:
        assert getattr(state, name) == getattr(straight, name), name
