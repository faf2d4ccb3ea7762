"""Hosted runs in real workers: killed at any moment, watched by nobody, and silent about keys."""

import base64
import os
import random
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest

from core.hosted.keys import Key, hand_over
from core.hosted.spec import HostedSpec
from core.hosted.submission import allow_again, needs_answer
from core.jobs.launch import launch
from core.jobs.lock import is_held
from core.jobs.resume import resume
from core.jobs.status import read_status
from core.workspace import RunFolder, Workspace
from tests.hosted.fake_jobs import Plan
from tests.hosted.fake_line import Fault
from tests.hosted.fake_openai import FakeOpenAI
from tests.hosted.fixed import KEY, VARIABLE, spec_for
from tests.support.hosted_split import split_of
from tests.support.jobs import kill, wait_for_state, wait_until

ENVIRONMENT = {**os.environ, VARIABLE: KEY}
SETTLED = ("finished", "stopped", "failed", "lost")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    made = split_of(tmp_path)
    yield made
    for folder in made.run_folders():
        kill(folder)


@pytest.fixture
def service() -> Iterator[FakeOpenAI]:
    made = FakeOpenAI(plan=Plan(steps=8, checkpoint_every=4), seconds_a_request=9.0)
    with made.serving():
        yield made


def started(
    workspace: Workspace, spec: HostedSpec, *, token: str = "0001", typed: str = ""
) -> RunFolder:
    """Return the folder of a run that was just launched."""
    key = Key(value=typed, source="typed", variable=VARIABLE)
    pipe = hand_over(key) if typed else None
    try:
        return launch(
            workspace,
            kind="hosted",
            name="shop",
            spec=spec.model_dump(mode="json"),
            device=f"hosted:{spec.fingerprint}",
            now=datetime.now(UTC),
            token=token,
            environment=os.environ if typed else ENVIRONMENT,
            keys=() if typed else (VARIABLE,),
            handed=pipe,
        )
    finally:
        if pipe is not None:
            os.close(pipe)


def until_finished(folder: RunFolder, service: FakeOpenAI, *, billed: int = 0) -> int:
    """Resume a run until it is finished; return how often a person was asked.

    `billed` is how many jobs the service had before this run.
    """
    asked = 0
    for _ in range(6):
        if wait_for_state(folder, *SETTLED) == "finished":
            return asked
        if needs_answer(folder.path):
            assert service.billed == billed, "there was a job to be found"
            allow_again(folder.path, by="ana", host="here", at="now")
            asked += 1
        resume(folder, now=datetime.now(UTC), environment=ENVIRONMENT)
    raise AssertionError(read_status(folder).as_json())


def killed_at_random(workspace: Workspace, service: FakeOpenAI, seed: int) -> None:
    """Kill a worker at a moment of its work, and hold it to its promises."""
    draw = random.Random(seed)
    billed = service.billed
    spec = spec_for(workspace, workspace.root / "scratch", service.url, seed=seed)
    folder = started(workspace, spec, token=f"{seed:04d}")
    requests = service.requests + draw.randint(0, 30)
    wait_until(
        lambda: service.requests >= requests or not is_held(folder.lock), "that many requests"
    )
    time.sleep(draw.random() * 0.01)  # not for an order of things, but for its lack
    kill(folder, signal.SIGKILL)
    until_finished(folder, service, billed=billed)


def test_a_killed_worker_leaves_one_file_and_one_job(
    workspace: Workspace, service: FakeOpenAI
) -> None:
    killed_at_random(workspace, service, 1)
    assert (service.billed, service.uploads) == (1, 2)


@pytest.mark.slow
def test_fifty_killed_workers_leave_one_file_and_fifty_jobs(
    workspace: Workspace, service: FakeOpenAI
) -> None:
    for seed in range(1, 51):
        killed_at_random(workspace, service, seed)
        assert service.billed == seed, f"seed {seed}"
        assert service.uploads == 2, f"seed {seed}"


def forms(key: str) -> list[bytes]:
    """Return a key as it may stand in a file."""
    packed = base64.b64encode(key.encode())
    runs = [key[at : at + 12] for at in range(len(key) - 11)]
    return [quote(key, safe="").encode(), packed, packed.rstrip(b"="), *(r.encode() for r in runs)]


@pytest.mark.parametrize("typed", [pytest.param(False, marks=pytest.mark.slow), True])
def test_a_key_is_found_nowhere_whatever_the_service_says(
    workspace: Workspace, service: FakeOpenAI, *, typed: bool
) -> None:
    service.faults = [
        Fault(endpoint="jobs.retrieve", nth=2, status=401, echo=True),
        Fault(endpoint="jobs.retrieve", nth=4, status=500, echo=True),
        Fault(endpoint="jobs.events", nth=3, status=429, echo=True),
        Fault(endpoint="jobs.events", nth=5, kind="raw", body=f"<html>{KEY}</html>".encode()),
    ]
    service.plan = Plan(steps=8, checkpoint_every=4, chatter=1, words=f"{KEY} {KEY[3:20]}")
    spec = spec_for(workspace, workspace.root / "scratch", service.url)
    folder = started(workspace, spec, typed=KEY if typed else "")
    commands: set[str] = set()

    def over() -> bool:
        for one in psutil.process_iter(["cmdline"]):
            commands.add(" ".join(one.info["cmdline"] or ()))
        return not is_held(folder.lock)

    wait_until(over, "the end of the run")
    assert read_status(folder).state == "finished"
    assert all(head["authorization"] == f"Bearer {KEY}" for head in service.headers)
    assert not [line for line in commands if KEY in line]
    for file in workspace.root.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert not [form for form in forms(KEY) if form in content], file


@pytest.mark.slow
def test_a_wrong_key_in_a_refusal_is_covered_too(workspace: Workspace, service: FakeOpenAI) -> None:
    service.keys = {"another"}
    spec = spec_for(workspace, workspace.root / "scratch", service.url)
    folder = started(workspace, spec)
    assert wait_for_state(folder, *SETTLED) == "failed"
    failure = read_status(folder).run_state.failure
    assert failure is not None
    assert VARIABLE in failure.why
    assert "does not take the key" in failure.what
    assert not [form for form in forms(KEY) if form in folder.events.read_bytes()]


def test_two_terminals_at_once_send_one_training(workspace: Workspace, service: FakeOpenAI) -> None:
    spec = spec_for(workspace, workspace.root / "scratch", service.url)
    folders = [started(workspace, spec, token=f"000{number}") for number in (1, 2)]
    states = sorted(wait_for_state(folder, *SETTLED) for folder in folders)
    assert states == ["failed", "finished"]
    assert (service.billed, service.uploads) == (1, 2)
