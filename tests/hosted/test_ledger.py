"""The ledger alone, against a service in memory that can be cut off at every point."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from core.hosted import submission
from core.hosted.consignment import Part
from core.hosted.failures import Ambiguous, Rejected, Unavailable
from core.hosted.job_values import JobRef
from core.hosted.spec import HostedSpec, PartSeen
from core.hosted.submission import (
    LOOKS,
    Submitter,
    allow_again,
    needs_answer,
    read_ledger,
)

_HASH = "0" * 63


class Killed(BaseException):
    """The worker is no more."""


@dataclass
class Service:
    """Stores files and starts jobs; every call can be its caller's last."""

    files: dict[str, str] = field(default_factory=dict)
    jobs: list[str] = field(default_factory=list)
    hidden: int = 0
    """Looks in which jobs are not listed yet."""
    lost: bool = False
    """Whether the reply to `create` is lost."""
    refused: Exception | None = None
    away: bool = False
    """Whether it cannot be asked for jobs."""

    def find_file(self, part: Part, known: str | None) -> str | None:
        return known if known in self.files else self.files.get(part.upload_name)

    def upload(self, part: Part, progress: Any) -> str:
        progress(part.bytes, part.bytes)
        self.files[part.upload_name] = f"file-{part.name}"
        return f"file-{part.name}"

    def create(self, spec: HostedSpec, files: Any, name: str) -> JobRef:
        if self.refused is not None:
            raise self.refused
        self.jobs.append(name)
        if self.lost:
            raise Ambiguous("lost", "the line was cut", "look")
        return JobRef(id=f"job-{len(self.jobs)}", created_at=float(len(self.jobs)))

    def find(self, name: str, since: float) -> list[JobRef]:
        if self.away:
            raise Unavailable("away", "no answer", "wait")
        if self.hidden:
            self.hidden -= 1
            return []
        return [
            JobRef(id=f"job-{number}", created_at=float(number))
            for number, one in enumerate(self.jobs, 1)
            if one == name
        ]


def parts() -> list[Part]:
    return [
        Part(
            name=name,  # type: ignore[arg-type]
            path=Path("/none"),
            rows=1,
            bytes=10,
            sha256=_HASH + str(number),
            numbers=(1,),
        )
        for number, name in enumerate(("train", "validation"))
    ]


def spec() -> HostedSpec:
    seen = {one.name: PartSeen(rows=1, bytes=10, sha256=one.sha256) for one in parts()}
    return HostedSpec(
        provider="openai", base_url="http://127.0.0.1/v1", model="m", split="s", parts=seen
    )


def attempt(folder: Path, service: Service, rests: list[float] | None = None) -> JobRef:
    """Return the job after one attempt of a worker."""
    kept = [] if rests is None else rests
    submitter = Submitter(
        folder,
        service,  # type: ignore[arg-type]
        spec(),
        now=lambda: 1.0,
        rest=kept.append,
        submission="a" * 32,
    )
    submitter.upload(parts(), lambda _: lambda *_: None)
    return submitter.create()


def test_one_attempt_leaves_one_job_and_both_files(tmp_path: Path) -> None:
    service = Service()
    assert attempt(tmp_path, service).id == "job-1"
    assert (len(service.jobs), len(service.files)) == (1, 2)
    assert attempt(tmp_path, service).id == "job-1"
    assert len(service.jobs) == 1


def cut_at(monkeypatch: pytest.MonkeyPatch, service: Service, place: int) -> None:
    """Let the worker die at one point: before or after a write of the ledger or a call."""
    count = iter(range(10_000))

    def point() -> None:
        if next(count) == place:
            raise Killed

    def around(call: Any) -> Any:
        def done(*given: Any) -> Any:
            point()
            result = call(*given)
            point()
            return result

        return done

    write = submission.write_ledger
    monkeypatch.setattr(submission, "write_ledger", around(write))
    for name in ("find_file", "upload", "create", "find"):
        monkeypatch.setattr(service, name, around(getattr(type(service), name).__get__(service)))


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on disk when the power fails is not looked at here, so nothing waits for it."""
    monkeypatch.setattr("core.storage.os.fsync", lambda _: None)


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("hidden", [0, 2])
def test_a_worker_cut_off_anywhere_leaves_one_bill_or_asks(
    tmp_path: Path, *, lost: bool, hidden: int
) -> None:
    points = asked = 0
    while True:
        folder = tmp_path / str(points)
        folder.mkdir()
        service = Service(lost=lost, hidden=hidden)
        with pytest.MonkeyPatch.context() as monkeypatch:
            cut_at(monkeypatch, service, points)
            try:
                attempt(folder, service)
            except Killed:
                died = True
            else:
                died = False
        if not died:
            break
        try:
            ref = attempt(folder, service)
        except Ambiguous:
            asked += 1
            assert not service.jobs, "there was a job to be found"
            assert needs_answer(folder)
            allow_again(folder, by="ana", host="here", at="now")
            ref = attempt(folder, service)
        assert len(service.jobs) == 1, f"point {points}"
        assert len(service.files) == 2
        assert ref.id == "job-1"
        points += 1
    assert points > 15
    assert asked <= 3, "only between the ledger and the call can nobody know"


def test_a_job_whose_reply_was_lost_is_adopted_once_it_is_listed(tmp_path: Path) -> None:
    service, rests = Service(lost=True, hidden=2), []
    assert attempt(tmp_path, service, rests).id == "job-1"
    assert rests == list(LOOKS[:3])
    assert len(service.jobs) == 1


def test_nobody_sends_again_without_an_answer(tmp_path: Path) -> None:
    service = Service(refused=Ambiguous("lost", "the line was cut", "look"))
    for _ in range(3):
        with pytest.raises(Ambiguous, match="none is listed") as asked:
            attempt(tmp_path, service)
        assert "--send-again" in asked.value.remedy
    service.refused = None
    with pytest.raises(Ambiguous):
        attempt(tmp_path, service)
    assert not service.jobs
    allow_again(tmp_path, by="ana", host="gpu3", at="2026-11-20")
    attempt(tmp_path, service)
    ledger = read_ledger(tmp_path)
    assert ledger is not None
    assert [json.loads(one)["by"] for one in ledger.answers] == ["ana"]
    assert len(service.jobs) == 1


def test_one_answer_allows_one_job(tmp_path: Path) -> None:
    service = Service(refused=Ambiguous("lost", "the line was cut", "look"))
    for _ in range(2):
        with pytest.raises(Ambiguous):
            attempt(tmp_path, service)
        allow_again(tmp_path, by="ana", host="here", at="now")
    with pytest.raises(Ambiguous):
        attempt(tmp_path, service)
    with pytest.raises(Ambiguous):
        attempt(tmp_path, service)


def test_a_service_that_cannot_be_asked_leaves_the_question_open(tmp_path: Path) -> None:
    service = Service(lost=True, away=True)
    with pytest.raises(Unavailable):
        attempt(tmp_path, service)
    assert not needs_answer(tmp_path), "nobody looked, so nobody may answer"
    service.away = False
    assert attempt(tmp_path, service).id == "job-1"
    assert len(service.jobs) == 1


def test_of_several_jobs_the_oldest_is_adopted_and_the_others_are_named(tmp_path: Path) -> None:
    service = Service(lost=True)
    service.jobs.append("a" * 32)
    assert attempt(tmp_path, service).id == "job-1"
    ledger = read_ledger(tmp_path)
    assert ledger is not None
    assert ledger.others == ("job-2",)


def test_a_refusal_is_no_job_and_may_be_tried_again(tmp_path: Path) -> None:
    service = Service(refused=Rejected("no", "bad", "mend"))
    with pytest.raises(Rejected):
        attempt(tmp_path, service)
    ledger = read_ledger(tmp_path)
    assert ledger is not None
    assert ledger.step == "refused"
    service.refused = None
    assert attempt(tmp_path, service).id == "job-1"


def test_a_ledger_that_cannot_be_read_sends_nothing(tmp_path: Path) -> None:
    (tmp_path / submission.NAME).write_text("{")
    service = Service()
    with pytest.raises(Exception, match="cannot be read"):
        attempt(tmp_path, service)
    assert not service.jobs
    assert not service.files
