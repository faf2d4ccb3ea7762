"""What is tried before step 1: it tells the truth, moves nothing, and refuses with a way out."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from core.errors import MachineError, StorageError
from core.events.schema import (
    AlertRaised,
    CheckpointSaved,
    MessageLogged,
    OutOfMemory,
    PreflightDone,
    SampleTaken,
)
from core.jobs.context import Finished, JobContext
from core.training import checkpoints, loss
from core.training.collate import Batch
from core.training.loss import LossPath
from core.training.memory import Load, Shape, predict
from core.training.trainer import run
from core.workspace import Workspace
from tests.support.path_job import (
    SMALL_STEPS,
    events,
    losses,
    open_job,
    train_spec,
)
from tests.support.tiny_model import save_tiny_model

# peft 0.21 asks a name that transformers 5.23 has renamed; both are pinned.
pytestmark = [
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated"),
    pytest.mark.usefixtures("one_thread"),
]

NO_DROPOUT = {"dropout": 0.0}


def trained(workspace: Workspace, id: str, model: Path, **changes: Any) -> JobContext:
    job = open_job(workspace, "train", train_spec(model, **{"epochs": 1, **changes}), id=id)
    assert isinstance(run(job), Finished)
    return job


def tried(job: JobContext) -> PreflightDone:
    (found,) = [one for one in events(job.folder) if isinstance(one, PreflightDone)]
    return found


def test_a_run_with_preflight_is_bit_by_bit_the_run_without(
    workspace: Workspace, model: Path
) -> None:
    with_it = trained(workspace, "with", model)
    without = trained(workspace, "without", model, runtime={"preflight": False})
    one, other = (
        load_file(job.folder.adapter / "adapter_model.safetensors") for job in (with_it, without)
    )
    assert losses(with_it) == losses(without)
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert not [one for one in events(without.folder) if isinstance(one, PreflightDone)]


def test_it_says_memory_time_disk_and_why(workspace: Workspace, model: Path) -> None:
    job = trained(workspace, "job", model, runtime={"hour_price": 3.6})
    found = tried(job)
    assert 0 < found.peak_bytes < found.capacity_bytes
    assert found.predicted_bytes > 0
    assert found.update_s > 0
    assert found.eval_s > 0
    assert found.save_s > 0
    assert found.eta_low_s < found.eta_high_s
    assert found.cost_low == pytest.approx(found.eta_low_s / 1000)
    assert [one.what for one in found.decisions] == ["loss", "packing"]
    one_checkpoint = max(c.bytes for c in events(job.folder) if isinstance(c, CheckpointSaved))
    assert found.disk_bytes == pytest.approx(4 * one_checkpoint, rel=0.2)
    assert not (job.folder.path / ".preflight").exists()


@pytest.mark.parametrize("base", ["llama", "qwen2", "embedded"])
def test_the_measured_peak_is_that_of_the_run(
    workspace: Workspace, tmp_path: Path, base: str
) -> None:
    own = base == "embedded"
    model = Path(base) if own else save_tiny_model(tmp_path / base, family=base)
    job = open_job(workspace, "train", train_spec(model, epochs=2))
    outcome = run(job)
    assert isinstance(outcome, Finished)
    assert outcome.preflight_error is not None
    assert abs(outcome.preflight_error) < 0.15


def test_the_base_model_answers_before_step_1(workspace: Workspace, model: Path) -> None:
    job = trained(workspace, "job", model)
    samples = [one for one in events(job.folder) if isinstance(one, SampleTaken)]
    first = [one for one in samples if one.step == 0]
    assert len(first) == 1
    assert first[0].prompt
    assert first[0].reference
    assert {one.key for one in samples} == {first[0].key}


def test_too_little_memory_is_refused_with_the_smallest_change(
    workspace: Workspace, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.training.peak_memory.PeakMemory.capacity", lambda _: 1000)
    with pytest.raises(MachineError, match="memory") as refused:
        run(open_job(workspace, "train", train_spec(model), id="lora"))
    assert "smaller base model" in refused.value.remedy
    with pytest.raises(MachineError) as refused:
        run(open_job(workspace, "train", train_spec(model, method={"kind": "full"}), id="full"))
    assert 'method.kind = "lora"' in refused.value.remedy


def test_what_is_automatic_changes_no_loss(
    workspace: Workspace, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = trained(workspace, "plain", model, lora=NO_DROPOUT, optim=SMALL_STEPS)
    answers = iter([False, False, False, True])
    monkeypatch.setattr("core.training.preflight.fits", lambda *_: next(answers))
    small = trained(
        workspace, "small", model, lora=NO_DROPOUT, optim=SMALL_STEPS, batch={"tokens": 900}
    )
    assert [one.what for one in tried(small).decisions] == [
        "loss",
        "packing",
        "loss",
        "tokens at once",
        "checkpointing",
    ]
    assert losses(small) == pytest.approx(losses(plain), rel=1e-4)


def test_full_disk_is_refused_before_step_1(
    workspace: Workspace, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        free = 10

    monkeypatch.setattr("core.training.preflight.shutil.disk_usage", lambda _: Full)
    with pytest.raises(MachineError, match="of disk"):
        run(open_job(workspace, "train", train_spec(model)))


@pytest.mark.parametrize("packing", ["auto", "off"])
def test_a_micro_batch_that_does_not_fit_is_halved_and_done_again(
    workspace: Workspace, model: Path, monkeypatch: pytest.MonkeyPatch, packing: str
) -> None:
    layout = {"tokens": 900, "packing": packing}
    plain = trained(workspace, "plain", model, lora=NO_DROPOUT, optim=SMALL_STEPS, batch=layout)
    tight(3, monkeypatch)
    job = trained(
        workspace,
        "tight",
        model,
        lora=NO_DROPOUT,
        optim=SMALL_STEPS,
        batch=layout,
        runtime={"preflight": False},
    )
    ran_out = [one for one in events(job.folder) if isinstance(one, OutOfMemory)]
    assert ran_out
    assert ran_out[0].step == 1
    assert ran_out[0].rows > 3
    assert losses(job) == pytest.approx(losses(plain), rel=1e-4)


def tight(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every pass of a training with more rows than that run out of memory."""
    stock = loss.nll

    def nll(model: Any, batch: Batch, path: LossPath) -> torch.Tensor:
        side_by_side = batch.positions is None
        held = len(batch.ids) if side_by_side else int((batch.positions == 0).sum())
        if model.training and held > rows and not model.is_gradient_checkpointing:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        return stock(model, batch, path)

    monkeypatch.setattr("core.training.loss.nll", nll)


def test_the_preflight_goes_on_with_less_where_memory_runs_out(
    workspace: Workspace, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dry = {"lora": NO_DROPOUT, "optim": SMALL_STEPS, "batch": {"tokens": 900}}
    plain = trained(workspace, "plain", model, **dry, runtime={"loss": "model"})
    tight(3, monkeypatch)
    job = trained(workspace, "tight", model, **dry, runtime={"loss": "model"})
    log = events(job.folder)
    (ran_out, *_) = [one for one in log if isinstance(one, OutOfMemory)]
    assert ran_out.seq < tried(job).seq
    assert losses(job) == pytest.approx(losses(plain), rel=1e-4)


def test_one_row_that_does_not_fit_is_computed_twice_and_then_refused(
    workspace: Workspace, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tight(0, monkeypatch)
    lean: dict[str, Any] = {"loss": "model", "preflight": False}
    job = trained(workspace, "twice", model, runtime=lean)
    said = [one.text for one in events(job.folder) if isinstance(one, MessageLogged)]
    assert any("computed twice from here on" in text for text in said)
    spec = train_spec(model, runtime={**lean, "checkpointing": "off"})
    with pytest.raises(MachineError, match="with one row at once") as refused:
        run(open_job(workspace, "train", spec, id="off"))
    assert "data.max_tokens" in refused.value.remedy


def test_a_checkpoint_that_the_disk_does_not_take_is_skipped_and_said(
    workspace: Workspace, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock = checkpoints.save_checkpoint

    def full(folder: Path, step: int, write: Any) -> checkpoints.Checkpoint:
        if step == 2:
            raise StorageError(what="It cannot be saved.", why="No space is left.", remedy="Free.")
        return stock(folder, step, write)

    monkeypatch.setattr("core.training.keeping.save_checkpoint", full)
    job = trained(workspace, "job", model, evaluate={"every": 1})
    alerts = [one for one in events(job.folder) if isinstance(one, AlertRaised)]
    assert [(one.rule, one.step) for one in alerts if one.level == "critical"] == [
        ("checkpoint_skipped", 2)
    ]
    saved = [one.step for one in events(job.folder) if isinstance(one, CheckpointSaved)]
    assert 2 not in saved
    assert saved[-1] == 4


def test_packed_rows_give_the_same_losses(workspace: Workspace, model: Path) -> None:
    padded = trained(
        workspace, "padded", model, lora=NO_DROPOUT, optim=SMALL_STEPS, batch={"packing": "off"}
    )
    packed = trained(workspace, "packed", model, lora=NO_DROPOUT, optim=SMALL_STEPS)
    assert [(one.what, one.now) for one in tried(padded).decisions] == [("loss", "selected")]
    assert [(one.what, one.now) for one in tried(packed).decisions] == [
        ("loss", "selected"),
        ("packing", "on"),
    ]
    assert losses(packed) == pytest.approx(losses(padded), rel=1e-4)


@pytest.mark.parametrize("path", ["fused", "model"])
def test_a_recipe_may_choose_the_way_of_the_loss(
    workspace: Workspace, model: Path, path: str
) -> None:
    own = trained(workspace, "own", model, lora=NO_DROPOUT, optim=SMALL_STEPS)
    chosen = trained(
        workspace, "chosen", model, lora=NO_DROPOUT, optim=SMALL_STEPS, runtime={"loss": path}
    )
    assert tried(chosen).loss_path == path
    assert losses(chosen) == pytest.approx(losses(own), rel=1e-4)


def test_the_formula_grows_with_what_costs_memory() -> None:
    shape = Shape(
        parameters=10**8, trainable=10**6, hidden=512, feed_forward=2048, layers=8, vocabulary=32000
    )
    load = Load(
        tokens=4096,
        supervised=800,
        path="selected",
        four_bit=False,
        half=False,
        checkpointing=False,
        resident=0,
    )

    def but(**changes: Any) -> int:
        fields = {name: getattr(load, name) for name in Load.__slots__}
        return predict(shape, Load(**{**fields, **changes}))

    base = but()
    assert but(path="model") > base > but(path="fused")
    assert but(checkpointing=True) < base
    assert but(half=True) < base
    assert but(four_bit=True) < base
    assert but(tokens=8192) > base
    assert but(resident=10**9) == base + 10**9
