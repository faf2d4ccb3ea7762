"""Two processes train what one would: the same losses, one log, one end for all."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.errors import DataError, JobError, MachineError, RecipeError
from core.events.schema import (
    CheckpointSaved,
    KeysConsumed,
    MessageLogged,
    Resumed,
    StepLogged,
)
from core.jobs.context import Finished, JobContext, Stopped
from core.training.node import take_part
from core.training.trainer import run
from core.workspace import Workspace
from tests.support.path_job import (
    SMALL_STEPS,
    SPLIT,
    StopsAtStep,
    events,
    looks,
    losses,
    open_job,
    train_spec,
)

# peft 0.21 asks a name that transformers 5.23 has renamed; both are pinned.
pytestmark = [
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated"),
    pytest.mark.usefixtures("one_thread"),
]
TWO = {"processes": 2, "preflight": False}


def keys_read(job: JobContext) -> KeysConsumed:
    found = [one for one in events(job.folder) if isinstance(one, KeysConsumed)]
    (read,) = [one for one in found if one.stage == "read"]
    return read


def test_two_processes_learn_what_one_does(workspace: Workspace, model: Path) -> None:
    dry: dict[str, Any] = {"epochs": 1, "lora": {"dropout": 0.0}, "optim": SMALL_STEPS}
    one = open_job(workspace, "train", train_spec(model, **dry), id="one")
    two = open_job(workspace, "train", train_spec(model, **dry, runtime=TWO), id="two")
    alone, together = run(one), run(two)
    assert isinstance(together, Finished)
    assert losses(two) == pytest.approx(losses(one), rel=1e-4)
    assert looks(two) == pytest.approx(looks(one), rel=1e-4)
    assert (together.best_step, together.best_path) == (alone.best_step, alone.best_path)
    assert keys_read(two).root == keys_read(one).root
    assert keys_read(two).intersection == 0
    log = events(two.folder)
    assert [one.seq for one in log] == list(range(1, len(log) + 1))
    assert (two.folder.adapter / "adapter_model.safetensors").is_file()


@pytest.mark.slow
def test_two_nodes_learn_what_one_process_does(workspace: Workspace, model: Path) -> None:
    """The second node is this machine again, begun as its own would be by a scheduler."""
    dry: dict[str, Any] = {"epochs": 1, "lora": {"dropout": 0.0}, "optim": SMALL_STEPS}
    meeting = {"nodes": 2, "rendezvous": f"127.0.0.1:{free_port()}", "preflight": False}
    alone = open_job(workspace, "train", train_spec(model, **dry), id="alone")
    apart = open_job(workspace, "train", train_spec(model, **dry, runtime=meeting), id="apart")
    second = subprocess.Popen(
        [*(sys.executable, "-P", "-m", "core.training.node"), str(workspace.root), "apart"],
        env={**os.environ, "NODE_RANK": "1"},
    )
    run(alone)
    assert isinstance(run(apart), Finished)
    assert second.wait(60) == 0
    assert losses(apart) == pytest.approx(losses(alone), rel=1e-4)
    assert looks(apart) == pytest.approx(looks(alone), rel=1e-4)
    said = [one.text for one in events(apart.folder) if isinstance(one, MessageLogged)]
    assert any(f"core.training.node {workspace.root} apart 1" in text for text in said)
    assert (apart.folder.path / "ranks" / "1.log").is_file()


@pytest.mark.slow
def test_an_error_on_another_node_is_named(
    workspace: Workspace, model: Path, tmp_path: Path
) -> None:
    """The rank that lost its partner fails as well; what is shown is the cause."""
    meeting = {"nodes": 2, "rendezvous": f"127.0.0.1:{free_port()}", "preflight": False}
    spec = train_spec(model, epochs=50, runtime=meeting)
    job = open_job(workspace, "train", spec, id="apart")
    command = [*(sys.executable, "-P", "-m", "core.training.node"), str(workspace.root), "apart"]
    second = subprocess.Popen([*command, "1"])

    def leave() -> None:
        while not losses(job):
            time.sleep(0.05)
        told = {"kind": "MachineError", "what": "Node 1 is on fire.", "why": "x", "remedy": "y"}
        (job.folder.path / "ranks" / "1.error.json").write_text(json.dumps(told))
        (rank,) = psutil.Process(second.pid).children()
        rank.kill()

    leaving = threading.Thread(target=leave)
    leaving.start()
    with pytest.raises(MachineError, match="Node 1 is on fire"):
        run(job)
    leaving.join()
    assert second.wait(300) == 1


@pytest.mark.parametrize("number", [0, 2])
def test_a_node_that_the_run_does_not_have_is_refused(
    workspace: Workspace, model: Path, number: int
) -> None:
    meeting = {"nodes": 2, "rendezvous": "127.0.0.1:29500"}
    open_job(workspace, "train", train_spec(model, runtime=meeting), id="apart")
    with pytest.raises(JobError, match=f"no node {number}"):
        take_part(workspace.root, "apart", number, {})


def test_nodes_without_a_meeting_place_are_refused(model: Path) -> None:
    with pytest.raises(RecipeError, match="rendezvous"):
        train_spec(model, runtime={"nodes": 2})


def free_port() -> int:
    """Return a port below those the system hands out, another one in each process of the suite."""
    for port in range(10_000 + os.getpid() % 20_000, 32_000):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


@pytest.mark.slow
def test_a_stop_reaches_all_and_the_run_goes_on_as_if_there_had_been_none(
    workspace: Workspace, model: Path
) -> None:
    spec = train_spec(model, epochs=1, runtime=TWO)
    whole = open_job(workspace, "train", spec, id="whole")
    run(whole)
    first = open_job(workspace, "train", spec, id="halves")
    first.__class__ = StopsAtStep
    assert isinstance(run(first), Stopped)
    second = open_job(workspace, "train", spec, id="halves", attempt=2)
    assert isinstance(run(second), Finished)
    (resumed,) = [one for one in events(second.folder) if isinstance(one, Resumed)]
    assert 0 < resumed.from_step < 4
    by_step = {one.step: one.loss for one in events(second.folder) if isinstance(one, StepLogged)}
    assert list(by_step.values()) == losses(whole)


def test_a_process_that_dies_takes_the_run_with_it_and_is_named(
    workspace: Workspace, model: Path
) -> None:
    job = open_job(workspace, "train", train_spec(model, epochs=200, runtime=TWO))
    killer = threading.Thread(target=_kill_rank_1, args=(job,))
    killer.start()
    with pytest.raises(JobError, match="Process 1 of this training ended") as lost:
        run(job)
    killer.join()
    assert "ranks/1.log" in lost.value.remedy
    assert "when memory runs out" in lost.value.why
    assert not _ranks()


def _ranks() -> list[psutil.Process]:
    children = psutil.Process().children(recursive=True)
    return [one for one in children if "core.training.rank" in one.cmdline()]


def _kill_rank_1(job: JobContext) -> None:
    while not losses(job):
        time.sleep(0.05)
    (rank,) = [one for one in _ranks() if one.environ()["RANK"] == "1"]
    os.kill(rank.pid, signal.SIGKILL)


def test_an_error_of_a_rank_is_that_of_the_run(workspace: Workspace, model: Path) -> None:
    from core.data.dataset import dataset_folder
    from tests.support.path_job import (
        events,
        open_job,
        train_spec,
    )

    folder = dataset_folder(workspace, SPLIT)
    planted = folder.holdout.read_text().splitlines()[0]
    folder.train.write_text(folder.train.read_text() + planted + "\n")
    job = open_job(workspace, "train", train_spec(model, runtime=TWO))
    with pytest.raises(DataError, match="touch the holdout: row 31"):
        run(job)
    assert not [one for one in events(job.folder) if isinstance(one, CheckpointSaved)]
