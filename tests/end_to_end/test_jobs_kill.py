"""kill -9 of a worker at any moment: seen as lost at once, and nothing that was shown is lost."""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.events.reader import EventReader
from core.events.run_state import RunState
from core.events.schema import Event, Resumed, StepLogged
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
LOST_SECONDS = 2.0
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
    gone_at: float | None = None
    done: bool = False

    def watch(self) -> None:
        viewer = Viewer(self.folder)
        reader = EventReader(self.folder.events)
        while not self.done:
            self.shown += reader.read().events
            viewer.look()
            state = viewer.status.state
            if not self.states or self.states[-1] != state:
                self.states.append(state)
                self.gone_at = time.monotonic() if state == "lost" else None
            time.sleep(0.02)


def _straight(workspace: Workspace) -> RunState:
    """Return the state of a run that nobody killed."""
    folder = rehearse(workspace, **{**SPEC, "rate": 0.0})
    assert wait_for_state(folder, "finished", "failed", "lost") == "finished"
    return read_status(folder).run_state


def _kill_once(folder: RunFolder, delay: float) -> tuple[float | None, str]:
    """Kill the worker after the delay; return how long both viewers took to see it, and the end."""
    watchers = [Watcher(folder), Watcher(folder)]
    threads = [threading.Thread(target=watcher.watch) for watcher in watchers]
    for thread in threads:
        thread.start()
    try:
        if delay:
            time.sleep(delay)  # the moment of the kill is the input of this test
        for pid in processes_of(folder):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        killed = time.monotonic()
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
        return None, "finished"
    return max((one.gone_at or 0.0) - killed for one in watchers), "lost"


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


def _kill_points(workspace: Workspace, delays: list[float]) -> list[float]:
    """Kill one run at each of the delays; return how long it took to be seen."""
    straight = _straight(workspace)
    latencies: list[float] = []
    for delay in delays:
        folder = rehearse(workspace, **SPEC)
        latency, end = _kill_once(folder, delay)
        if end == "finished":
            continue
        assert latency is not None
        latencies.append(latency)
        _resumed_equals(folder, straight)
    return latencies


def test_a_worker_killed_at_any_moment_is_seen_and_resumed(workspace: Workspace) -> None:
    latencies = _kill_points(workspace, [0.0, 0.0, 0.01, 0.05, 0.12, 0.2, 0.3, 0.4])
    assert len(latencies) >= 5
    assert max(latencies) < LOST_SECONDS


@pytest.mark.slow
def test_a_worker_killed_at_fifty_moments_is_seen_and_resumed(workspace: Workspace) -> None:
    chance = random.Random(20260101)
    latencies = _kill_points(workspace, [chance.uniform(0.0, 0.45) for _ in range(50)])
    assert len(latencies) >= 40
    assert max(latencies) < LOST_SECONDS


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
