import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.errors import JobError
from core.events.fold import read_snapshot
from core.events.schema import AlertRaised, ControlAnswered, PhaseEntered, ResourceRead, StepLogged
from core.jobs import lock
from core.jobs.context import JobContext
from core.jobs.control import request
from core.jobs.record import JobRecord
from core.workspace import RunFolder, Workspace, create_workspace
from tests.support.jobs import read_events
from tests.support.logs import step, writer

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ANA: dict[str, Any] = {"by": "ana", "host": "gpu3", "now": NOW}


class Seconds:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return create_workspace(tmp_path / "ws")


@pytest.fixture
def job(workspace: Workspace, seconds: Seconds) -> Iterator[JobContext]:
    folder = workspace.run("probe")
    folder.path.mkdir()
    descriptor = lock.take(folder.lock)
    assert descriptor is not None
    record = JobRecord(
        id="probe",
        kind="rehearsal",
        name="probe",
        device="cpu",
        created_at="",
        created_by="ana",
        host="gpu3",
        entry="none:none",
        spec={"steps": 3},
    )
    with writer(folder.events) as log:
        yield JobContext(
            workspace=workspace,
            folder=folder,
            record=record,
            attempt=1,
            writer=log,
            monotonic=seconds,
        )
    os.close(descriptor)


def answers(folder: RunFolder) -> list[ControlAnswered]:
    return [one for one in read_events(folder.events) if isinstance(one, ControlAnswered)]


def test_a_stop_is_answered_once_with_who_asked(job: JobContext, seconds: Seconds) -> None:
    assert not job.stop_requested()
    asked = request(job.folder, "stop", **ANA, token="t1")
    assert request(job.folder, "stop", **ANA, token="t1") == asked
    seconds.now += 1
    assert job.stop_requested()
    seconds.now += 1
    assert job.stop_requested()
    (answer,) = answers(job.folder)
    assert (answer.id, answer.by, answer.host, answer.accepted) == (asked, "ana", "gpu3", True)


def test_a_pause_is_a_stop_that_means_to_go_on(job: JobContext) -> None:
    request(job.folder, "pause", **ANA, token="t1")
    assert job.stop_requested()
    assert job.pausing
    assert [(one.verb, one.accepted) for one in answers(job.folder)] == [("pause", True)]


def test_a_second_stop_is_told_that_it_already_stops(job: JobContext, seconds: Seconds) -> None:
    for token in ("t1", "t2"):
        request(job.folder, "stop", **ANA, token=token)
    assert job.stop_requested()
    assert [one.effect for one in answers(job.folder)][1] == "Already stopping."


def test_a_checkpoint_request_is_taken_once(job: JobContext, seconds: Seconds) -> None:
    request(job.folder, "checkpoint", **ANA, token="t1")
    assert job.take_checkpoint_request()
    seconds.now += 1
    assert not job.take_checkpoint_request()
    assert not job.stop_requested()
    assert [one.verb for one in answers(job.folder)] == ["checkpoint"]


def test_a_request_nobody_understands_is_refused_and_harms_nothing(job: JobContext) -> None:
    job.folder.control.mkdir()
    (job.folder.control / "garbage.json").write_bytes(b"\xff{")
    (job.folder.control / "dance-1.json").write_text(
        '{"id":"dance-1","verb":"dance","by":"b","host":"h","at":""}'
    )
    (job.folder.control / ".half.json.new").write_text('{"id":"half","verb":"stop"')
    assert not job.stop_requested()
    assert [(one.id, one.accepted) for one in answers(job.folder)] == [
        ("dance-1", False),
        ("garbage", False),
    ]


def test_a_signal_asks_for_a_stop(job: JobContext) -> None:
    job.stop_requested()
    job.stop_by_signal("SIGTERM")
    assert job.stop_requested()
    assert [one.by for one in answers(job.folder)] == ["SIGTERM"]


def test_an_unknown_verb_is_refused_before_it_is_written(job: JobContext) -> None:
    with pytest.raises(JobError, match="stop, pause, resume, checkpoint"):
        request(job.folder, "dance", **ANA, token="t1")  # type: ignore[arg-type]
    assert not job.folder.control.exists()


def test_a_job_that_has_ended_cannot_be_asked(workspace: Workspace) -> None:
    folder = workspace.run("ended")
    folder.path.mkdir()
    with pytest.raises(JobError, match="nobody would answer"):
        request(folder, "stop", **ANA, token="t1")


def test_counting_lines_are_thinned_out_and_the_last_is_kept(
    job: JobContext, seconds: Seconds
) -> None:
    for done in range(101):
        seconds.now += 0.01
        job.phase("tokenizing", done, 100, "rows")
    job.phase("tokenizing", 100, 100, "rows")
    job.phase("training")
    phases = [one for one in read_events(job.folder.events) if isinstance(one, PhaseEntered)]
    assert phases[0].done == 0
    assert phases[-2].done == 100
    assert phases[-1].name == "training"
    assert 5 <= len(phases) <= 9


def test_alerts_follow_the_event_that_raised_them(job: JobContext) -> None:
    job.emit(step(1, None))
    events = read_events(job.folder.events)
    assert [type(one) for one in events] == [StepLogged, AlertRaised]


def test_resources_are_written_every_ten_seconds(job: JobContext, seconds: Seconds) -> None:
    for _ in range(21):
        seconds.now += 1
        job.emit(step(1))
    read = [one for one in read_events(job.folder.events) if isinstance(one, ResourceRead)]
    assert len(read) == 2
    assert read[0].rss > 1_000_000
    assert read[0].disk_free > 0


def test_a_worker_keeps_a_snapshot_of_a_long_log_for_whoever_opens_it(
    job: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs.context.WORTH_BYTES", 5_000)
    monkeypatch.setattr("core.events.fold.Fold.keep.__kwdefaults__", {"worth": 5_000})
    job._snapshot_due = 5_000
    job.resources()
    assert not job.folder.snapshot.exists()
    for number in range(1, 60):
        job.emit(step(number))
    job.resources()
    kept = read_snapshot(job.folder.events, job.folder.snapshot)
    assert kept is not None
    assert kept.step == 59
