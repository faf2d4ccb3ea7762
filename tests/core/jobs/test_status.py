import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from core.events.reader import EventReader
from core.events.run_state import RunState
from core.events.schema import RunFailed
from core.jobs import lock
from core.jobs.last_words import write_last_words
from core.jobs.liveness import Sight
from core.jobs.record import JobRecord, write_record
from core.jobs.resume import resume
from core.jobs.status import Viewer, job_state, read_status
from core.jobs.store import JobList, list_jobs
from core.workspace import RunFolder, Workspace, create_workspace
from tests.support.logs import START, as_lines, numbered, short_run, step, writer

CONTRACT = {
    "run",
    "state",
    "phase",
    "step",
    "total_steps",
    "train_loss",
    "eval_loss",
    "best_step",
    "eta_s",
    "alerts",
}
FAILURE = RunFailed(what="Full.", why="No space.", remedy="Free some.", seconds=1.0)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return create_workspace(tmp_path / "ws")


def job(workspace: Workspace, name: str = "probe", *, events: int = 0) -> RunFolder:
    """Make a job of which the first lines of a run are written and whose worker is gone."""
    folder = workspace.run(name)
    folder.path.mkdir()
    record = JobRecord(
        id=name,
        kind="rehearsal",
        name=name,
        device="cpu",
        created_at="",
        created_by="ana",
        host="gpu3",
        entry="none:none",
        spec={},
    )
    write_record(folder, record)
    with writer(folder.events) as log:
        for event in short_run(5000)[:events]:
            log.write(event)
    return folder


def holder(attempt: int) -> lock.Holder:
    return lock.Holder(run="r", attempt=attempt, since=0.0, host="h", boot_id="b")


@pytest.mark.parametrize(
    ("lifecycle", "attempt", "sight", "state"),
    [
        ("running", 1, Sight("alive", holder(1)), "running"),
        ("queued", 1, Sight("alive", holder(1)), "queued"),
        ("running", 1, Sight("gone", holder(1)), "lost"),
        ("starting", 1, Sight("gone", None), "lost"),
        ("queued", 1, Sight("gone", holder(1)), "lost"),
        ("stopping", 1, Sight("gone", holder(1)), "lost"),
        ("finished", 1, Sight("gone", holder(1)), "finished"),
        ("finished", 1, Sight("alive", holder(1)), "finished"),
        ("failed", 1, Sight("alive", holder(2)), "starting"),
        ("running", 1, Sight("alive", holder(2)), "starting"),
        ("running", 2, Sight("alive", holder(2)), "running"),
        ("running", 1, Sight("unknown", holder(1)), "running"),
        ("stopped", 1, Sight("unknown", holder(1)), "stopped"),
        ("running", 1, Sight("alive", None), "running"),
    ],
)
def test_the_state_is_what_the_log_says_unless_nobody_lives(
    lifecycle: str, attempt: int, sight: Sight, state: str
) -> None:
    run = RunState(lifecycle=lifecycle, attempt=attempt)  # type: ignore[arg-type]
    assert job_state(run, sight) == state


def test_a_long_log_is_taken_in_by_pieces_and_nobody_is_called_dead_before_its_end(
    workspace: Workspace,
) -> None:
    folder = job(workspace, events=5005)
    viewer = Viewer(folder)
    states = []
    while not viewer.caught_up:
        assert viewer.look(500)
        states.append(viewer.status.state)
    assert len(states) > 5
    assert set(states[:-1]) == {"running"}
    assert states[-1] == "finished"
    assert viewer.status.run_state == read_status(folder).run_state


def test_a_long_log_is_folded_as_fast_as_its_lines_can_be_parsed(workspace: Workspace) -> None:
    folder = job(workspace)
    lines = as_lines(numbered(short_run(30_000)))
    folder.events.write_bytes(b"".join(lines))

    def parse() -> None:
        for line in lines:
            json.loads(line)

    def cost(act: Callable[[], object]) -> float:
        began = time.process_time()
        act()
        return time.process_time() - began

    parsed = min(cost(parse) for _ in range(3))
    folded = min(cost(lambda: Viewer(folder).look_until_caught_up()) for _ in range(3))
    assert folded < 6 * parsed


def test_a_worker_that_ends_during_a_look_is_finished_and_not_lost(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = job(workspace, events=10)

    def ends_meanwhile(_folder: RunFolder) -> Sight:
        with writer(folder.events) as log:
            log.write(short_run(1)[-1])
        return Sight("gone", None)

    monkeypatch.setattr("core.jobs.status.examine", ends_meanwhile)
    viewer = Viewer(folder)
    viewer.look()
    assert viewer.status.state == "finished"


def test_a_look_that_finds_nothing_says_so(workspace: Workspace) -> None:
    viewer = Viewer(job(workspace, events=10))
    viewer.look_until_caught_up()
    assert viewer.status.state == "lost"
    assert not viewer.look()


def test_a_replaced_log_replaces_what_was_shown(workspace: Workspace) -> None:
    folder = job(workspace, events=100)
    viewer = Viewer(folder)
    viewer.look_until_caught_up()
    other = folder.path / "other"
    other.write_bytes(b"".join(as_lines(numbered(short_run(9)))))
    other.replace(folder.events)
    assert viewer.look()
    assert viewer.status.run_state.step == 9
    assert len(viewer.curves["loss"]) == 9


def test_the_json_has_the_keys_of_the_contract(workspace: Workspace) -> None:
    value = read_status(job(workspace, events=30)).as_json()
    assert set(value) >= CONTRACT
    assert (value["run"], value["state"], value["step"], value["total_steps"]) == (
        "probe",
        "lost",
        26,
        5000,
    )
    assert value["eta_s"] is None
    msgspec.json.encode(value)


def test_what_did_not_fit_in_the_log_is_shown_by_every_viewer(workspace: Workspace) -> None:
    folder = job(workspace, events=30)
    watching = Viewer(folder)
    watching.look_until_caught_up()
    write_last_words(folder, FAILURE)
    assert watching.look()
    for status in (watching.status, read_status(folder)):
        assert status.state == "failed"
        assert status.as_json()["failure"]["what"] == "Full."
    (line,) = list_jobs(workspace)
    assert line.state == "failed"


def test_words_that_did_not_fit_are_written_down_before_the_next_attempt(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = job(workspace, events=30)
    watching = Viewer(folder)
    write_last_words(folder, FAILURE)
    watching.look_until_caught_up()
    monkeypatch.setattr("core.jobs.resume.spawn", lambda *_args, **_more: None)
    resume(folder, now=START, environment={})
    with writer(folder.events, attempt=2) as log:
        log.write(step(26))
    watching.look_until_caught_up()
    assert watching.status.run_state == read_status(folder).run_state
    assert watching.status.run_state.attempt == 2
    assert watching.status.run_state.failure is not None
    assert watching.status.faults.missing == 0


def test_the_list_is_newest_first_and_agrees_with_the_whole_log(workspace: Workspace) -> None:
    old = job(workspace, "20260101-000000-old-1", events=5005)
    new = job(workspace, "20260102-000000-new-1", events=3000)
    lines = list_jobs(workspace)
    assert [line.id for line in lines] == [new.id, old.id]
    for line, folder in zip(lines, (new, old), strict=True):
        whole = read_status(folder)
        assert line.state == whole.state
        for name in ("step", "total_steps", "loss", "phase", "seq", "last_event_at", "name"):
            assert getattr(line.run_state, name) == getattr(whole.run_state, name), name


def test_a_list_that_is_looked_at_again_reads_what_changed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = job(workspace, "first", events=10)
    job(workspace, "second", events=10)
    jobs = JobList(workspace)
    jobs.look()
    read: list[int] = []
    real = EventReader.read

    def counted(reader: EventReader) -> object:
        batch = real(reader)
        read.append(len(batch.events))
        return batch

    monkeypatch.setattr(EventReader, "read", counted)
    jobs.look()
    assert read == []
    with writer(first.events) as log:
        log.write(step(99))
    (_, line) = jobs.look()
    assert sum(read) == 1
    assert line.run_state.step == 99


def test_a_job_whose_folder_may_not_be_read_does_not_hide_the_others(workspace: Workspace) -> None:
    job(workspace, "fine", events=3)
    broken = job(workspace, "broken", events=3)
    broken.events.unlink()
    os.mkdir(broken.events)
    assert [line.id for line in list_jobs(workspace)] == ["fine"]
