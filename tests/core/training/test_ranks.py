"""Two processes train what one would: the same losses, one log, one end for all."""

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.errors import DataError, JobError
from core.events.schema import CheckpointSaved, Evaluated, Resumed, StepLogged
from core.jobs.context import Finished, JobContext, Stopped
from core.training.trainer import run
from core.workspace import Workspace
from tests.support.path_job import (
    SMALL_STEPS,
    StopsAfter,
    events,
    make_workspace,
    open_job,
    train_spec,
)
from tests.support.tiny_model import save_tiny_model

# peft 0.21 asks a name that transformers 5.23 has renamed; both are pinned.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated")
TWO = {"processes": 2, "preflight": False}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that wait for each other cost more than they bring at this size."""
    monkeypatch.setattr("core.training.trainer.usable_cores", lambda: 1)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "ws")


def losses(job: JobContext) -> list[float]:
    return [one.loss or 0.0 for one in events(job.folder) if isinstance(one, StepLogged)]


def looks(job: JobContext) -> list[float]:
    return [one.loss or 0.0 for one in events(job.folder) if isinstance(one, Evaluated)]


def test_two_processes_learn_what_one_does(workspace: Workspace, model: Path) -> None:
    dry: dict[str, Any] = {"epochs": 1, "lora": {"dropout": 0.0}, "optim": SMALL_STEPS}
    one = open_job(workspace, "train", train_spec(model, **dry), id="one")
    two = open_job(workspace, "train", train_spec(model, **dry, runtime=TWO), id="two")
    alone, together = run(one), run(two)
    assert isinstance(together, Finished)
    assert losses(two) == pytest.approx(losses(one), rel=1e-4)
    assert looks(two) == pytest.approx(looks(one), rel=1e-4)
    assert (together.best_step, together.best_path) == (alone.best_step, alone.best_path)
    log = events(two.folder)
    assert [one.seq for one in log] == list(range(1, len(log) + 1))
    assert (two.folder.adapter / "adapter_model.safetensors").is_file()


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


class StopsAtStep(StopsAfter):
    """A job that somebody asks to stop once it has made a step."""

    def stop_requested(self) -> bool:
        return any(isinstance(one, StepLogged) for one in events(self.folder))


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
    from tests.support.path_job import SPLIT

    folder = dataset_folder(workspace, SPLIT)
    planted = folder.holdout.read_text().splitlines()[0]
    folder.train.write_text(folder.train.read_text() + planted + "\n")
    job = open_job(workspace, "train", train_spec(model, runtime=TWO))
    with pytest.raises(DataError, match="touch the holdout: row 31"):
        run(job)
    assert not [one for one in events(job.folder) if isinstance(one, CheckpointSaved)]
