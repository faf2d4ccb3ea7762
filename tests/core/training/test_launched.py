"""A launcher that is not ours begins the processes of a run; the log and its end are the same."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from core.errors import JobError, RecipeError, UsageError
from core.events.schema import Event, RunFailed, RunFinished, StepLogged
from core.jobs.record import read_record
from core.training.launched import take_part
from core.training.recipe import make_recipe, recipe_toml
from core.training.trainer import run
from core.workspace import Workspace
from tests.support.path_job import SMALL_STEPS, events, open_job, train_spec

# peft 0.21 asks a name that transformers 5.23 has renamed; both are pinned.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated")
RUN = "under-a-launcher"
SEAT = {
    "RANK": "0",
    "WORLD_SIZE": "1",
    "LOCAL_RANK": "0",
    "MASTER_ADDR": "127.0.0.1",
    "MASTER_PORT": "29500",
}


TORCHRUN = ("torch.distributed.run", "--standalone", "--nproc-per-node", "2")
# Processors are for one process in accelerate's eyes; as GPUs two are begun, whatever is there.
ACCELERATE = (
    *("accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"),
    *("--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"),
)
FSDP_FOR_TWO = """
distributed_type: FSDP
fsdp_config: {fsdp_version: 2, fsdp_offload_params: false}
mixed_precision: 'no'
num_machines: 1
num_processes: 2
"""
DRY: dict[str, Any] = {
    "lora": {"dropout": 0.0},
    "optim": SMALL_STEPS,
    "runtime": {"preflight": False},
}
"""For comparing losses: no chance in the passes, and no rounding that grows."""


def launcher(
    workspace: Workspace,
    model: Path,
    epochs: int,
    *,
    words: Sequence[str] = TORCHRUN,
    **changes: Any,
) -> "subprocess.Popen[bytes]":
    """Begin a run of two processes; the recipe itself asks for one."""
    said = train_spec(model, epochs=epochs, **{**DRY, **changes})["recipe"]
    said["runtime"] = changes.get("runtime", DRY["runtime"])  # what else there is stays open
    recipe = workspace.root / "recipe.yaml"
    recipe.write_text(yaml.safe_dump(said))
    return subprocess.Popen(
        [
            *(sys.executable, "-m", *words, "-m", "core.training.launched"),
            *(str(workspace.root), RUN, str(recipe)),
        ],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def log(workspace: Workspace) -> list[Event]:
    folder = workspace.run(RUN)
    return events(folder) if folder.events.exists() else []


@pytest.mark.parametrize(
    "words",
    [TORCHRUN, pytest.param(ACCELERATE, marks=pytest.mark.slow)],
    ids=["torchrun", "accelerate"],
)
@pytest.mark.usefixtures("one_thread")
def test_a_launcher_begins_a_run_of_two(
    workspace: Workspace, model: Path, words: Sequence[str]
) -> None:
    alone = open_job(workspace, "train", train_spec(model, epochs=1, **DRY), id="alone")
    run(alone)
    assert launcher(workspace, model, 1, words=words, device="cpu").wait(300) == 0
    found = log(workspace)
    assert isinstance(found[-1], RunFinished)
    assert losses(found) == pytest.approx(losses(events(alone.folder)), rel=1e-4)
    assert [one.seq for one in found] == list(range(1, len(found) + 1))
    ranks = sorted(one.name for one in (workspace.run(RUN).path / "ranks").iterdir())
    assert ranks == ["0.log", "1.log"]
    newest = max(workspace.run(RUN).checkpoints.glob("step-*"))
    assert (newest / "rng_state_of_rank_1.pt").is_file()


@pytest.mark.usefixtures("one_thread")
def test_one_config_file_serves_the_launcher_and_the_recipe(
    workspace: Workspace, model: Path
) -> None:
    config = workspace.root / "accelerate.yaml"
    config.write_text(FSDP_FOR_TWO)
    words = ("accelerate.commands.launch", "--config_file", str(config))
    runtime = {"accelerate": str(config), "preflight": False}
    alone = open_job(workspace, "train", train_spec(model, epochs=1, **DRY), id="alone")
    run(alone)
    begun = launcher(workspace, model, 1, words=words, device="cpu", runtime=runtime)
    assert begun.wait(300) == 0
    kept = make_recipe(read_record(workspace.run(RUN)).spec["recipe"], where="record").runtime
    assert (kept.processes, kept.shard, kept.accelerate) == (2, True, None)
    assert losses(log(workspace)) == pytest.approx(losses(events(alone.folder)), rel=1e-4)


def losses(found: Sequence[Event]) -> list[float]:
    return [one.loss or 0.0 for one in found if isinstance(one, StepLogged)]


@pytest.mark.parametrize(
    ("name", "wish"),
    [
        ("ACCELERATE_USE_FSDP", "true"),
        ("ACCELERATE_USE_DEEPSPEED", "true"),
        ("ACCELERATE_MIXED_PRECISION", "fp16"),
        ("ACCELERATE_MIXED_PRECISION", "bf16"),
    ],
)
def test_a_launcher_that_was_told_otherwise_is_refused(
    workspace: Workspace, model: Path, name: str, wish: str
) -> None:
    recipe, values = workspace.root / "recipe.toml", train_spec(model)["recipe"]
    full = {**values, "model": {**values["model"], "dtype": "float32"}}
    recipe.write_text(recipe_toml(make_recipe(full, where="test")))
    with pytest.raises(RecipeError, match=f"{name}={wish}"):
        take_part(workspace, RUN, recipe, {**SEAT, name: wish})
    assert not workspace.run(RUN).record.exists()


@pytest.mark.slow
def test_a_process_that_is_killed_under_torchrun_is_named(
    workspace: Workspace, model: Path
) -> None:
    begun = launcher(workspace, model, epochs=300)
    killer = threading.Thread(target=_kill_rank_1, args=(workspace, begun.pid))
    killer.start()
    assert begun.wait(300) != 0
    killer.join()
    deadline = time.monotonic() + 300
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
    with pytest.raises(JobError, match="no recipe"):
        take_part(workspace, RUN, None, SEAT)
