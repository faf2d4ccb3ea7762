"""What one real worker does, from its launch to its last word."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.errors import JobError
from core.events.schema import ControlAnswered, MessageLogged, StepLogged
from core.jobs.control import request
from core.jobs.resume import resume
from core.jobs.status import read_status
from core.workspace import RunFolder, Workspace
from tests.support.jobs import (
    OVER,
    kill,
    launch_entry,
    read_events,
    rehearse,
    state_of,
    wait_for_state,
    wait_for_step,
    wait_until,
    worker_pid,
    workspace_of_jobs,
)

ROOT = Path(__file__).parents[2]
ENTRIES = "tests.support.job_entries"
HOSTILE = ("core", "tui", "torch", "random", "msgspec", "signal", "tests")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with workspace_of_jobs(tmp_path / "ws") as made:
        yield made


def ask(folder: RunFolder, verb: Any, token: str = "t1") -> None:
    request(folder, verb, by="ana", host="gpu3", now=datetime.now(UTC), token=token)


def go_on(folder: RunFolder) -> None:
    resume(folder, now=datetime.now(UTC), environment=os.environ)


def message(folder: RunFolder) -> str:
    (text,) = [e.text for e in read_events(folder.events) if isinstance(e, MessageLogged)]
    return text


def test_a_rehearsal_runs_to_its_end_and_prints_nothing(workspace: Workspace) -> None:
    folder = rehearse(workspace, steps=60, rate=0.0)
    assert wait_for_state(folder, *OVER) == "finished"
    state = read_status(folder).run_state
    assert (state.step, state.total_steps) == (60, 60)
    assert (folder.path / state.best_path).is_dir()
    assert folder.log.read_bytes() == b""
    wait_until(lambda: not (folder.path / ".reserve").exists(), "the reserve given back")
    for path in folder.path.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_worker_belongs_to_nobody_who_could_take_it_along(workspace: Workspace) -> None:
    folder = rehearse(workspace, steps=100_000, rate=50.0)
    wait_for_step(folder, 1)
    pid = worker_pid(folder)
    assert pid is not None
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    parent, session, terminal = int(fields[1]), int(fields[3]), int(fields[4])
    assert parent != os.getpid()
    assert session != os.getsid(0)
    assert terminal == 0
    assert os.readlink(f"/proc/{pid}/fd/0") == "/dev/null"
    assert os.readlink(f"/proc/{pid}/fd/1") == str(folder.log)
    os.kill(pid, signal.SIGHUP)
    before = read_status(folder).run_state.step
    wait_for_step(folder, before + 10)


def test_a_stop_keeps_what_there_is_and_a_resume_ends_it(workspace: Workspace) -> None:
    folder = rehearse(workspace, steps=400, rate=400.0)
    wait_for_step(folder, 30)
    ask(folder, "stop")
    assert wait_for_state(folder, *OVER) == "stopped"
    stopped = read_status(folder).run_state
    assert stopped.checkpoints[-1].step == stopped.step
    wait_until(lambda: read_status(folder).liveness == "gone", "the end of the worker")
    with pytest.raises(JobError, match="nobody would answer"):
        ask(folder, "stop", "t2")
    go_on(folder)
    assert wait_for_state(folder, "finished", "failed", "lost") == "finished"
    events = read_events(folder.events)
    assert [one.step for one in events if isinstance(one, StepLogged)] == list(range(1, 401))
    assert read_status(folder).run_state.attempt == 2


def test_a_checkpoint_is_made_when_asked_for(workspace: Workspace) -> None:
    folder = rehearse(
        workspace, steps=100_000, rate=100.0, checkpoint_every=100_000, eval_every=100_000
    )
    wait_for_step(folder, 3)
    ask(folder, "checkpoint")
    wait_until(lambda: bool(read_status(folder).run_state.checkpoints), "a checkpoint")
    (saved,) = read_status(folder).run_state.checkpoints
    assert saved.why == "requested"
    assert (folder.path / saved.path).is_dir()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_polite_signal_is_a_stop_that_everybody_sees(workspace: Workspace, number: int) -> None:
    folder = rehearse(workspace, steps=100_000, rate=100.0)
    wait_for_step(folder, 3)
    kill(folder, number)
    assert wait_for_state(folder, *OVER) == "stopped"
    (answer,) = [e for e in read_events(folder.events) if isinstance(e, ControlAnswered)]
    assert answer.by == signal.Signals(number).name


@pytest.mark.parametrize("_again", range(4))
def test_a_signal_during_the_start_is_a_stop_and_no_loss(workspace: Workspace, _again: int) -> None:
    folder = rehearse(workspace, steps=100_000, rate=100.0)
    while (pid := worker_pid(folder)) is None:
        pass
    os.kill(pid, signal.SIGTERM)
    assert wait_for_state(folder, *OVER) == "stopped"


def test_a_job_at_work_is_not_resumed(workspace: Workspace) -> None:
    folder = rehearse(workspace, steps=100_000, rate=50.0)
    with pytest.raises(JobError, match="Its worker is alive"):
        go_on(folder)
    wait_for_step(folder, 5)


def test_a_finished_job_is_not_resumed(workspace: Workspace) -> None:
    folder = rehearse(workspace, steps=3, rate=0.0)
    wait_for_state(folder, *OVER)
    with pytest.raises(JobError, match="is finished"):
        go_on(folder)


def test_a_request_the_dead_worker_never_saw_does_not_stop_the_next(workspace: Workspace) -> None:
    folder = rehearse(workspace, steps=300, rate=300.0)
    wait_for_step(folder, 5)
    kill(folder)
    folder.control.mkdir(exist_ok=True)
    (folder.control / "stop-late.json").write_text(
        '{"id":"stop-late","verb":"stop","by":"ana","host":"gpu3","at":""}'
    )
    go_on(folder)
    assert wait_for_state(folder, "finished", "stopped", "failed") == "finished"
    (answer,) = read_status(folder).run_state.requests
    assert (answer.id, answer.accepted) == ("stop-late", False)


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ("foreseen", "No rows."),
        ("no_memory", "The worker ran out of memory."),
        ("leaves", "The job ended by a fault of its own (SystemExit)."),
        ("returns_nothing", "The job ended by a fault of its own (TypeError)."),
        ("is_not_there", "The job ended by a fault of its own (AttributeError)."),
    ],
)
def test_every_end_is_told(workspace: Workspace, entry: str, what: str) -> None:
    folder = launch_entry(workspace, f"{ENTRIES}:{entry}")
    assert wait_for_state(folder, *OVER) == "failed"
    failure = read_status(folder).run_state.failure
    assert failure is not None
    assert failure.what == what
    assert failure.remedy


def test_a_fault_leaves_a_report_without_values(workspace: Workspace) -> None:
    folder = launch_entry(workspace, f"{ENTRIES}:fault")
    assert wait_for_state(folder, *OVER) == "failed"
    failure = read_status(folder).run_state.failure
    assert failure is not None
    report = (folder.path / failure.report).read_text()
    assert "job_entries.py" in report
    assert "ValueError" in report
    for path in folder.path.rglob("*"):
        if path.is_file():
            assert b"sk-0000" not in path.read_bytes(), path


def test_a_rehearsal_loads_neither_torch_nor_numpy(workspace: Workspace) -> None:
    folder = launch_entry(workspace, f"{ENTRIES}:loaded_modules", steps=3, rate=0.0)
    assert wait_for_state(folder, *OVER) == "finished"
    loaded = set(message(folder).split())
    assert "core.training.rehearsal" in loaded
    heavy = {"torch", "numpy", "transformers", "peft", "pydantic", "textual", "rich", "tui"}
    assert not loaded & heavy


def test_no_secret_reaches_the_worker_or_its_files(workspace: Workspace) -> None:
    given = {**os.environ, "OPENAI_API_KEY": "sk-planted-secret", "HF_TOKEN": "hf-planted-secret"}
    folder = rehearse(workspace, environment=given, steps=100_000, rate=50.0)
    wait_for_step(folder, 3)
    process = Path(f"/proc/{worker_pid(folder)}")
    assert b"sk-planted" not in (process / "environ").read_bytes()
    assert b"hf-planted" in (process / "environ").read_bytes()
    assert b"planted" not in (process / "cmdline").read_bytes()
    for path in workspace.root.rglob("*"):
        if path.is_file():
            assert b"planted" not in path.read_bytes(), path


@pytest.mark.parametrize("python_path", ["", ".", ":", f"{ROOT}"])
def test_a_hostile_working_folder_changes_nothing(
    workspace: Workspace, tmp_path: Path, python_path: str
) -> None:
    trap = f"open({str(tmp_path / 'trapped')!r}, 'a').write(__name__)\nraise SystemExit(9)\n"

    def plant(hostile: Path) -> None:
        for name in HOSTILE:
            (hostile / name).mkdir(parents=True)
            (hostile / f"{name}.py").write_text(trap)
            (hostile / name / "__init__.py").write_text(trap)

    hostile = tmp_path / "hostile"
    plant(hostile)
    script = (
        "import os, sys; from datetime import *; from pathlib import Path\n"
        "sys.path.append(sys.argv[2])\n"
        "from core.workspace import open_workspace; from core.jobs.launch import launch\n"
        "folder = launch(open_workspace(Path(sys.argv[1])), kind='rehearsal', name='x',\n"
        "    spec={'steps': 20, 'rate': 0.0, 'fail_at': 9}, now=datetime.now(UTC), token='t',\n"
        "    environment={**os.environ, 'PYTHONPATH': sys.argv[3]})\n"
    )
    command = [sys.executable, "-P", "-c", script, str(workspace.root), str(ROOT), python_path]
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    subprocess.run(command, cwd=hostile, env=clean, check=True, timeout=300)
    (folder,) = workspace.run_folders()
    assert wait_for_state(folder, *OVER) == "failed", folder.log.read_text()
    plant(folder.path)
    wait_until(lambda: read_status(folder).liveness == "gone", "the end of the worker")
    resume(folder, now=datetime.now(UTC), environment={**clean, "PYTHONPATH": python_path})
    assert wait_for_state(folder, "finished", "lost") == "finished", folder.log.read_text()
    assert not (tmp_path / "trapped").exists()


def test_a_child_the_worker_left_behind_does_not_make_it_look_alive(workspace: Workspace) -> None:
    folder = launch_entry(workspace, f"{ENTRIES}:leaves_a_child")
    wait_until(lambda: bool(read_status(folder).run_state.messages), "a child")
    child, pid = int(message(folder)), worker_pid(folder)
    assert pid is not None
    try:
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: state_of(folder) == "lost", "lost")
        os.kill(child, 0)  # it lives, and was not waited for
        with pytest.raises(JobError, match="left behind"):
            go_on(folder)
    finally:
        os.kill(child, signal.SIGKILL)
