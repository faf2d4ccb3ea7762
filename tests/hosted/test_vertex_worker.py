"""Vertex AI in real workers: signed in by a file that nobody else gets, killed, and silent."""

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

pytest.importorskip("google.genai", reason="the client of Vertex AI is not installed")

from core.jobs.launch import launch
from core.jobs.lock import is_held
from core.jobs.resume import resume
from core.jobs.status import read_status
from core.workspace import RunFolder
from tests.hosted.fake_vertex import TOKEN
from tests.hosted.vertex_bench import Bench, a_bench, account_file, private_key
from tests.support.jobs import kill, wait_for_state, wait_until

SETTLED = ("finished", "stopped", "failed", "lost")
VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"


@pytest.fixture
def bench(prepared: Path, tmp_path: Path) -> Iterator[Bench]:
    with a_bench(prepared, tmp_path) as made:
        made.service.seconds_a_request = 9.0
        yield made
        for folder in made.workspace.run_folders():
            kill(folder)


def environment(bench: Bench) -> dict[str, str]:
    account = account_file(bench.root / "account.json", bench.service)
    return {**os.environ, VARIABLE: str(account), "GOOGLE_GENAI_USE_VERTEXAI": "nonsense"}


def started(bench: Bench) -> RunFolder:
    spec = bench.spec(key=None)
    return launch(
        bench.workspace,
        kind="hosted",
        name="shop",
        spec=spec.model_dump(mode="json"),
        device=f"hosted:{spec.fingerprint}",
        now=datetime.now(UTC),
        token="0001",
        environment=environment(bench),
        keys=(VARIABLE,),
    )


def test_what_signs_in_is_found_nowhere(bench: Bench) -> None:
    folder = started(bench)
    commands: set[str] = set()

    def over() -> bool:
        for one in psutil.process_iter(["cmdline"]):
            commands.add(" ".join(one.info["cmdline"] or ()))
        return not is_held(folder.lock)

    wait_until(over, "the end of the run")
    assert read_status(folder).state == "finished"
    assert (bench.service.billed, bench.service.signs) == (1, 1)
    secrets = [TOKEN, TOKEN[8:22], *private_key().splitlines()[1:-1]]
    assert not [line for line in commands for one in secrets if one in line]
    for file in bench.workspace.root.rglob("*"):
        if file.is_file():
            content = file.read_text(errors="replace")
            assert not [one for one in secrets if one in content], file


@pytest.mark.slow
def test_a_worker_that_is_killed_once_its_job_is_there_pays_once(bench: Bench) -> None:
    folder = started(bench)
    wait_until(lambda: bench.service.billed == 1, "the job")
    kill(folder, signal.SIGKILL)
    if wait_for_state(folder, *SETTLED) != "finished":
        resume(folder, now=datetime.now(UTC), environment=environment(bench))
    assert wait_for_state(folder, *SETTLED) == "finished"
    assert (bench.service.billed, bench.service.calls["jobs.create"]) == (1, 1)
