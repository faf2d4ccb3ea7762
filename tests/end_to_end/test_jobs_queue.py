"""Jobs on one device take turns, say so, and never wait for somebody who is dead."""

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.events.schema import Queued
from core.jobs import lock
from core.jobs.control import request
from core.jobs.resume import resume
from core.jobs.status import read_status
from core.workspace import RunFolder, Workspace
from tests.support.jobs import (
    kill,
    read_events,
    rehearse,
    state_of,
    wait_for_state,
    wait_for_step,
    wait_until,
    workspace_of_jobs,
)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with workspace_of_jobs(tmp_path / "ws") as made:
        yield made


def endless(workspace: Workspace, name: str, **more: object) -> RunFolder:
    return rehearse(workspace, name=name, steps=1_000_000, rate=50.0, **more)  # type: ignore[arg-type]


def brief(workspace: Workspace, name: str, **more: object) -> RunFolder:
    return rehearse(workspace, name=name, steps=5, rate=0.0, **more)  # type: ignore[arg-type]


def stop(folder: RunFolder) -> None:
    request(folder, "stop", by="ana", host="gpu3", now=datetime.now(UTC), token="t")


def test_a_second_job_waits_its_turn_and_says_behind_whom(workspace: Workspace) -> None:
    first = endless(workspace, "first")
    wait_for_step(first, 1)
    second = brief(workspace, "second")
    assert wait_for_state(second, "queued", "running", "finished") == "queued"
    status = read_status(second)
    assert (status.run_state.behind, status.run_state.position) == (first.id, 1)
    assert status.as_json()["behind"] == first.id
    assert status.run_state.phase is None
    stop(first)
    assert wait_for_state(second, "finished", "failed", "lost") == "finished"
    assert state_of(first) == "stopped"


def test_jobs_start_in_the_order_they_were_asked_for(workspace: Workspace) -> None:
    first = endless(workspace, "c")
    wait_for_step(first, 1)
    waiting = [brief(workspace, name) for name in ("b", "a", "d")]
    for place, folder in enumerate(waiting, 1):
        wait_until(
            lambda one=folder, at=place: read_status(one).run_state.position == at,  # type: ignore[misc]
            f"place {place}",
        )
    kill(first)
    for folder in waiting:
        assert wait_for_state(folder, "finished", "failed", "lost") == "finished"
    starts = [read_status(folder).run_state.phase_since for folder in waiting]
    ends = [read_status(folder).run_state.ended_at for folder in waiting]
    assert starts == sorted(starts)
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))


def test_jobs_on_different_devices_run_side_by_side(workspace: Workspace) -> None:
    one, other = endless(workspace, "one"), endless(workspace, "other", device="cuda:1")
    wait_for_step(one, 1)
    wait_for_step(other, 1)
    assert state_of(one) == state_of(other) == "running"


def test_a_device_that_something_else_holds_is_waited_for(workspace: Workspace) -> None:
    held = lock.take(workspace.devices / "cpu.lock")
    assert held is not None
    try:
        folder = brief(workspace, "waits")
        assert wait_for_state(folder, "queued", "finished") == "queued"
        assert read_status(folder).run_state.behind == ""
    finally:
        os.close(held)
    assert wait_for_state(folder, "finished", "failed", "lost") == "finished"


def test_the_device_is_free_when_its_worker_is_killed(workspace: Workspace) -> None:
    first = endless(workspace, "first")
    wait_for_step(first, 1)
    second = brief(workspace, "second")
    wait_for_state(second, "queued")
    kill(first)
    assert wait_for_state(second, "finished", "failed", "lost") == "finished"


def test_a_job_that_waits_can_be_stopped(workspace: Workspace) -> None:
    first = endless(workspace, "first")
    wait_for_step(first, 1)
    second = brief(workspace, "second")
    wait_for_state(second, "queued")
    stop(second)
    assert wait_for_state(second, "stopped", "finished", "failed") == "stopped"
    assert read_status(second).run_state.step == 0
    assert state_of(first) == "running"


def test_a_job_that_waits_and_is_killed_is_lost_and_can_be_resumed(workspace: Workspace) -> None:
    first = endless(workspace, "first")
    wait_for_step(first, 1)
    second = brief(workspace, "second")
    wait_for_state(second, "queued")
    kill(second)
    assert state_of(second) == "lost"
    resume(second, now=datetime.now(UTC), environment=os.environ)
    wait_until(lambda: read_status(second).run_state.attempt == 2, "the next attempt")
    assert wait_for_state(second, "queued", "finished") == "queued"
    kill(first, signal.SIGTERM)
    assert wait_for_state(second, "finished", "failed", "lost") == "finished"


def test_a_job_starts_after_the_jobs_it_needs_are_over(workspace: Workspace) -> None:
    training = endless(workspace, "training")
    wait_for_step(training, 1)
    scoring = brief(workspace, "scoring", after=(training.id,), device="cuda:0")
    assert wait_for_state(scoring, "queued", "finished") == "queued"
    assert read_status(scoring).run_state.behind == training.id
    stop(training)
    assert wait_for_state(scoring, "finished", "failed", "lost") == "finished"


def test_a_job_that_waits_for_another_keeps_nobody_from_the_device(workspace: Workspace) -> None:
    training = endless(workspace, "training", device="cuda:0")
    wait_for_step(training, 1)
    scoring = brief(workspace, "scoring", after=(training.id,))
    wait_for_state(scoring, "queued")
    quick = brief(workspace, "quick")
    assert wait_for_state(quick, "finished", "failed", "lost") == "finished"
    assert state_of(scoring) == "queued"


def test_waiting_says_it_once_and_not_at_every_look(workspace: Workspace) -> None:
    first = endless(workspace, "first")
    wait_for_step(first, 1)
    second = brief(workspace, "second")
    wait_for_state(second, "queued")
    wait_for_step(first, read_status(first).run_state.step + 50)
    assert len([one for one in read_events(second.events) if isinstance(one, Queued)]) == 1
