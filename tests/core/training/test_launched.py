"""A launcher that is not ours begins the processes of a run; the log and its end are the same."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from core.errors import JobError, UsageError
from core.events.schema import Event, RunFailed, RunFinished, StepLogged
from core.training.launched import take_part
from core.training.recipe import make_recipe, recipe_toml
from core.workspace import Workspace
from tests.support.path_job import events, make_workspace, train_spec
from tests.support.tiny_model import save_tiny_model

RUN = "under-torchrun"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "ws", rows=30)


def launcher(workspace: Workspace, epochs: int) -> "subprocess.Popen[bytes]":
    """Begin a run of two processes by torchrun; the recipe itself asks for one."""
    model = workspace.root / "tiny"
    model.mkdir()
    spec = train_spec(save_tiny_model(model), epochs=epochs, runtime={"preflight": False})
    recipe = workspace.root / "recipe.toml"
    recipe.write_text(recipe_toml(make_recipe(spec["recipe"], where="test")))
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
            *("--nproc-per-node", "2", "-m", "core.training.launched"),
            *(str(workspace.root), RUN, str(recipe)),
        ],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def log(workspace: Workspace) -> list[Event]:
    folder = workspace.run(RUN)
    return events(folder) if folder.events.exists() else []


def test_torchrun_begins_a_run_of_two(workspace: Workspace) -> None:
    assert launcher(workspace, epochs=1).wait(300) == 0
    found = log(workspace)
    assert isinstance(found[-1], RunFinished)
    assert [one.seq for one in found] == list(range(1, len(found) + 1))
    ranks = sorted(one.name for one in (workspace.run(RUN).path / "ranks").iterdir())
    assert ranks == ["0.log", "1.log"]
    newest = max(workspace.run(RUN).checkpoints.glob("step-*"))
    assert (newest / "rng_state_of_rank_1.pt").is_file()


def test_a_process_that_is_killed_under_torchrun_is_named(workspace: Workspace) -> None:
    begun = launcher(workspace, epochs=300)
    killer = threading.Thread(target=_kill_rank_1, args=(workspace, begun.pid))
    killer.start()
    assert begun.wait(300) != 0
    killer.join()
    deadline = time.monotonic() + 60
    while not isinstance(log(workspace)[-1], RunFailed) and time.monotonic() < deadline:
        time.sleep(0.1)
    end = log(workspace)[-1]
    assert isinstance(end, RunFailed)
    assert "Process 1 of this training" in end.what
    assert "ranks/1.log" in end.remedy


def _kill_rank_1(workspace: Workspace, launcher_pid: int) -> None:
    while not any(isinstance(one, StepLogged) for one in log(workspace)):
        time.sleep(0.1)
    children = psutil.Process(launcher_pid).children(recursive=True)
    (rank,) = [one for one in children if "core.training.rank" in one.cmdline()]
    os.kill(rank.pid, signal.SIGKILL)


def test_without_a_launcher_it_says_how_it_is_begun(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="WORLD_SIZE"):
        take_part(workspace, RUN, None, {"RANK": "0"})


def test_a_run_that_is_not_there_needs_a_recipe(workspace: Workspace) -> None:
    told = {"RANK": "0", "WORLD_SIZE": "1", "LOCAL_RANK": "0"}
    meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29500"}
    with pytest.raises(JobError, match="no recipe"):
        take_part(workspace, RUN, None, {**told, **meeting})
