"""Any number of viewers: all show the same, none is noticed by the worker or by another."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from core.events.schema import StepLogged
from core.jobs.control import request
from core.jobs.resume import resume
from core.jobs.status import Viewer, read_status
from core.jobs.store import JobList
from core.workspace import RunFolder, Workspace
from tests.support.jobs import (
    OVER,
    kill,
    read_events,
    rehearse,
    wait_for_state,
    wait_for_step,
    wait_until,
    workspace_of_jobs,
)

ROOT = Path(__file__).parents[2]
LONG = 600.0
"""Seconds; the run itself takes a few, and more where the machine is busy."""
VIEWER = f"""
import sys, time, msgspec
sys.path.append({str(ROOT)!r})
from pathlib import Path
from core.jobs.status import Viewer
from core.workspace import RunFolder
viewer = Viewer(RunFolder(Path(sys.argv[1])))
looks = 0
while not (viewer.status.state == "finished" and viewer.caught_up):
    viewer.look(100)
    looks += 1
    time.sleep(0.05)
loss = viewer.curves["loss"].points()
sys.stdout.buffer.write(msgspec.json.encode([viewer.status.run_state, loss, looks]))
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with workspace_of_jobs(tmp_path / "ws") as made:
        yield made


def _two_viewers_agree(workspace: Workspace, steps: int, rate: float) -> int:
    """Let one viewer watch from the start in its own process, and one come at half time.

    Return how often the first one looked.
    """
    folder = rehearse(workspace, steps=steps, rate=rate, eval_every=50, checkpoint_every=100)
    early = subprocess.Popen(
        [sys.executable, "-P", "-c", VIEWER, str(folder.path)], stdout=subprocess.PIPE
    )
    wait_for_step(folder, steps // 2, deadline=LONG)
    late = Viewer(folder)
    wait_until(
        lambda: late.look_until_caught_up().state == "finished",
        "the end",
        deadline=LONG,
    )
    shown, _ = early.communicate(timeout=LONG)
    state, loss, looks = msgspec.json.decode(shown)
    assert state == msgspec.json.decode(msgspec.json.encode(late.status.run_state))
    assert [tuple(point) for point in loss] == late.curves["loss"].points()
    assert read_status(folder).run_state == late.status.run_state
    written = [one.step for one in read_events(folder.events) if isinstance(one, StepLogged)]
    assert written == list(range(1, steps + 1))
    assert isinstance(looks, int)
    return looks


def test_two_viewers_of_a_fast_run_show_the_same(workspace: Workspace) -> None:
    _two_viewers_agree(workspace, 600, 200.0)


@pytest.mark.slow
def test_two_viewers_of_a_long_fast_run_show_the_same(workspace: Workspace) -> None:
    assert _two_viewers_agree(workspace, 12_000, 1_000.0) > 10


class Crowd:
    """Viewers that look without pause, and what they saw."""

    def __init__(self, folder: RunFolder, workspace: Workspace, size: int) -> None:
        self.states: list[list[str]] = [[] for _ in range(size)]
        self._done = False
        self._folder = folder
        self._workspace = workspace
        self._threads = [threading.Thread(target=self._look, args=(one,)) for one in self.states]

    def _look(self, states: list[str]) -> None:
        viewer = Viewer(self._folder)
        jobs = JobList(self._workspace)
        while not self._done:
            state = viewer.look_until_caught_up().state
            if not states or states[-1] != state:
                states.append(state)
            jobs.look()
            time.sleep(0.001)

    def __enter__(self) -> "Crowd":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done = True
        for thread in self._threads:
            thread.join()


def test_looking_without_pause_disturbs_neither_the_start_nor_the_resume(
    workspace: Workspace,
) -> None:
    folder = rehearse(workspace, steps=100_000, rate=100.0)
    with Crowd(folder, workspace, 4) as crowd:
        for attempt in range(2, 5):
            wait_for_step(folder, 1)
            kill(folder)
            wait_until(lambda: all(one[-1:] == ["lost"] for one in crowd.states), "lost in all")
            resume(folder, now=datetime.now(UTC), environment=os.environ)
            wait_until(
                lambda number=attempt: read_status(folder).run_state.attempt == number,  # type: ignore[misc]
                f"attempt {attempt}",
            )
            wait_until(lambda: all(one[-1:] == ["running"] for one in crowd.states), "running")
        request(folder, "stop", by="ana", host="gpu3", now=datetime.now(UTC), token="t")
        wait_until(lambda: all(one[-1:] == ["stopped"] for one in crowd.states), "stopped in all")
    for states in crowd.states:
        assert states.count("lost") == 3, states


def test_every_viewer_sees_who_asked_for_the_stop(workspace: Workspace) -> None:
    folder = rehearse(workspace, steps=100_000, rate=100.0)
    viewers = [Viewer(folder), Viewer(folder)]
    wait_for_step(folder, 3)
    request(folder, "stop", by="ana", host="gpu3", now=datetime.now(UTC), token="t")
    assert wait_for_state(folder, *OVER) == "stopped"
    for viewer in viewers:
        (answer,) = viewer.look_until_caught_up().run_state.requests
        assert (answer.by, answer.host, answer.accepted) == ("ana", "gpu3", True)
