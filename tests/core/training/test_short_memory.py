"""A process of several that runs out of memory: all go on with less, and the log says so."""

import os
from pathlib import Path
from typing import Any

import pytest

from core.errors import MachineError
from core.events.schema import OutOfMemory, Resumed, StepLogged
from core.jobs.context import Finished, JobContext
from core.training.short_memory import given_budget, least, leave_event, take_events
from core.training.trainer import run
from core.workspace import Workspace
from tests.support.path_job import SMALL_STEPS, events, losses, open_job, train_spec

# peft 0.21 asks a name that transformers 5.23 has renamed; both are pinned.
pytestmark = [
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated"),
    pytest.mark.usefixtures("one_thread"),
]
TIGHT = """
import os
if os.environ.get("RANK") == "1":
    from core.training.updating import MakesUpdates
    stock = MakesUpdates.forward_backward
    def forward_backward(self, model, batch, *more):
        late = self.state.global_step >= int(os.environ["TIGHT_FROM"])
        if late and len(batch.ids) > int(os.environ["TIGHT_ROWS"]):
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        return stock(self, model, batch, *more)
    MakesUpdates.forward_backward = forward_backward
"""
"""Read by Python at its start: the second process has little memory from some step on."""


@pytest.fixture
def tight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(TIGHT)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"), prepend=os.pathsep)
    monkeypatch.setenv("TIGHT_FROM", "2")
    monkeypatch.setenv("TIGHT_ROWS", "2")


def spec(model: Path, **runtime: object) -> dict[str, Any]:
    return train_spec(
        model,
        epochs=1,
        lora={"dropout": 0.0},
        optim=SMALL_STEPS,
        batch={"tokens": 900, "packing": "off"},
        runtime={"processes": 2, "preflight": False, **runtime},
    )


def alone(workspace: Workspace, model: Path) -> JobContext:
    """Train the same by one process that has memory enough."""
    job = open_job(workspace, "train", spec(model, processes=1), id="alone")
    run(job)
    return job


def last_losses(job: JobContext) -> list[float | None]:
    """Return the losses that count: those of a step done again take the place of the first."""
    found = {one.step: one.loss for one in events(job.folder) if isinstance(one, StepLogged)}
    return [found[step] for step in sorted(found)]


def ran_out(job: JobContext) -> list[OutOfMemory]:
    return [one for one in events(job.folder) if isinstance(one, OutOfMemory)]


@pytest.mark.slow
@pytest.mark.usefixtures("tight")
def test_shared_weights_begin_again_from_the_checkpoint_with_half_at_once(
    workspace: Workspace, model: Path
) -> None:
    plain = alone(workspace, model)
    job = open_job(workspace, "train", spec(model, shard=True), id="tight")
    assert isinstance(run(job), Finished)
    first, *more = ran_out(job)
    assert first.step == 3
    assert first.rows > 1
    assert [one.new_budget for one in more] == sorted((o.new_budget for o in more), reverse=True)
    resumed = [one for one in events(job.folder) if isinstance(one, Resumed)]
    assert [one.from_step for one in resumed] == [2] * len(ran_out(job))
    assert last_losses(job) == pytest.approx(losses(plain), rel=1e-4)
    log = events(job.folder)
    assert [one.seq for one in log] == list(range(1, len(log) + 1))


@pytest.mark.slow
@pytest.mark.usefixtures("tight")
def test_before_the_first_checkpoint_they_begin_anew(
    workspace: Workspace, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIGHT_FROM", "1")
    job = open_job(workspace, "train", spec(model, shard=True))
    assert isinstance(run(job), Finished)
    first = next(one for one in events(job.folder) if isinstance(one, Resumed))
    assert (first.from_step, first.checkpoint) == (0, "")


@pytest.mark.usefixtures("tight")
def test_a_process_with_all_weights_does_its_part_anew_and_says_so(
    workspace: Workspace, model: Path
) -> None:
    plain = alone(workspace, model)
    job = open_job(workspace, "train", spec(model), id="tight")
    assert isinstance(run(job), Finished)
    assert ran_out(job)[0].step == 3
    assert not [one for one in events(job.folder) if isinstance(one, Resumed)]
    assert losses(job) == pytest.approx(losses(plain), rel=1e-4)


@pytest.mark.usefixtures("tight")
def test_shared_weights_that_fit_no_row_end_with_what_would_help(
    workspace: Workspace, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIGHT_ROWS", "0")
    asked = spec(model, shard=True)
    asked["recipe"]["batch"]["tokens"] = 8  # less than any row, so each is alone
    job = open_job(workspace, "train", asked)
    with pytest.raises(MachineError, match="ran out of memory in step 3") as ended:
        run(job)
    assert "runtime.checkpointing" in ended.value.remedy
    assert ran_out(job) == []


def test_what_is_left_for_the_worker_is_taken_once(tmp_path: Path) -> None:
    said = OutOfMemory(step=3, rows=4, new_budget=64)
    leave_event(tmp_path, 1, said)
    assert list(take_events(tmp_path)) == [said]
    assert list(take_events(tmp_path)) == []


def test_the_smallest_budget_holds() -> None:
    assert least(None, 64, 32) == 32
    assert least(None, None) is None
    assert given_budget({"TUNINGFORK_BUDGET": "64"}) == 64
    assert given_budget({}) is None
