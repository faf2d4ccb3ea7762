"""Whoever launched a run may die, hang up or leave: the run goes on and is shown whole again."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.events.schema import StepLogged
from core.jobs.control import request
from core.jobs.status import Viewer
from core.workspace import RunFolder, Workspace
from tests.support.jobs import (
    OVER,
    read_events,
    wait_for_state,
    wait_for_step,
    wait_until,
    worker_pid,
    workspace_of_jobs,
)

ROOT = Path(__file__).parents[2]
STEPS = 100_000
"""More than any test waits for: a run goes on until it is asked to stop."""
LAUNCH = f"""
import os, sys, time
from datetime import datetime, UTC
from pathlib import Path
sys.path.append({str(ROOT)!r})
from core.jobs.launch import launch
from core.workspace import open_workspace
launch(open_workspace(Path(sys.argv[1])), kind="rehearsal", name="x",
       spec={{"steps": {STEPS}, "rate": 100.0}}, now=datetime.now(UTC), token="t",
       environment=os.environ)
time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with workspace_of_jobs(tmp_path / "ws") as made:
        yield made


def _command(workspace: Workspace, stays: float) -> list[str]:
    return [sys.executable, "-P", "-c", LAUNCH, str(workspace.root), str(stays)]


def _running(workspace: Workspace) -> RunFolder:
    """Return the job once it has done some steps."""
    wait_until(lambda: len(list(workspace.run_folders())) == 1, "a job")
    (folder,) = workspace.run_folders()
    viewer = Viewer(folder)
    wait_until(lambda: viewer.look_until_caught_up().run_state.step >= 10, "ten steps")
    return folder


def _goes_on(folder: RunFolder) -> None:
    """See the run make steps as if nothing had happened, in a viewer that comes late."""
    late = Viewer(folder)
    assert late.look_until_caught_up().state == "running"
    wait_for_step(folder, late.status.run_state.step + 20)
    request(folder, "stop", by="rater", host="here", now=datetime.now(UTC), token="s")
    assert wait_for_state(folder, *OVER) == "stopped"
    late.look_until_caught_up()
    events = read_events(folder.events)
    steps = [event.step for event in events if isinstance(event, StepLogged)]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert steps == list(range(1, len(steps) + 1))
    assert late.status.state == "stopped"
    assert len(late.curves["loss"]) == len(steps)
    assert {event.attempt for event in events} == {1}


def _on_a_terminal(command: list[str]) -> tuple[int, int]:
    """Start a command as the leader of its own terminal; return its pid and the other end."""
    pid, master = pty.fork()
    if pid == 0:
        # A caller may ignore signals, and what is ignored stays so in a new program.
        for ignored in (signal.SIGHUP, signal.SIGINT):
            signal.signal(ignored, signal.SIG_DFL)
        os.execv(command[0], command)
    return pid, master


def _ended(pid: int) -> bool:
    return os.waitpid(pid, os.WNOHANG)[0] == pid


def test_the_launching_process_is_killed(workspace: Workspace) -> None:
    launcher = subprocess.Popen(_command(workspace, 60))
    folder = _running(workspace)
    launcher.kill()
    launcher.wait()
    _goes_on(folder)


def test_the_process_group_of_the_launcher_is_killed(workspace: Workspace) -> None:
    launcher = subprocess.Popen(_command(workspace, 60), start_new_session=True)
    folder = _running(workspace)
    os.killpg(launcher.pid, signal.SIGKILL)
    launcher.wait()
    _goes_on(folder)


def test_the_terminal_hangs_up(workspace: Workspace) -> None:
    pid, master = _on_a_terminal(_command(workspace, 60))
    folder = _running(workspace)
    os.close(master)
    wait_until(lambda: _ended(pid), "the end of the launcher by hang-up")
    _goes_on(folder)


def test_the_shell_exits(workspace: Workspace) -> None:
    pid, master = _on_a_terminal(["/bin/sh", "-i"])
    words = " ".join(f"'{word}'" for word in _command(workspace, 0)[:1])
    script = workspace.root / "launch.py"
    script.write_text(LAUNCH)
    os.write(master, f"{words} -P '{script}' '{workspace.root}' 60 &\n".encode())
    folder = _running(workspace)
    os.write(master, b"exit\nexit\n")
    wait_until(lambda: _ended(pid), "the end of the shell")
    os.close(master)
    _goes_on(folder)


def test_the_interrupt_key_of_the_terminal_does_not_reach_the_worker(workspace: Workspace) -> None:
    pid, master = _on_a_terminal(_command(workspace, 60))
    folder = _running(workspace)
    os.write(master, b"\x03")
    wait_until(lambda: _ended(pid), "the end of the launcher by ctrl+c")
    os.close(master)
    assert worker_pid(folder) != pid
    _goes_on(folder)
