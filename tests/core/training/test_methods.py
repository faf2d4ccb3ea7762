"""Every method learns, goes on bit by bit after a stop, and leaves weights that can be loaded."""

from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from core.errors import MachineError
from core.events.schema import StepLogged
from core.jobs.context import Finished, JobContext
from core.training.methods import lora_config
from core.training.recipe import LoraSpec
from core.training.trainer import run
from core.workspace import Workspace
from tests.support.path_job import StopsAfter, events, open_job, train_spec

# peft 0.21 asks a name that transformers 5.23 has renamed; both are pinned.
pytestmark = [
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated"),
    pytest.mark.usefixtures("one_thread"),
]

METHODS: dict[str, dict[str, Any]] = {
    "lora": {"epochs": 1},
    "rslora": {"epochs": 1, "lora": {"rs": True}},
    "dora": {"epochs": 1, "lora": {"dora": True}},
    "full": {"epochs": 1, "method": {"kind": "full"}, "optim": {"lr": 2e-3}},
}


def losses(job: JobContext) -> list[float]:
    return [one.loss or 0.0 for one in events(job.folder) if isinstance(one, StepLogged)]


@pytest.mark.parametrize("method", METHODS)
def test_a_method_goes_on_after_a_stop_bit_by_bit(
    workspace: Workspace, model: Path, method: str
) -> None:
    whole = open_job(workspace, "train", train_spec(model, **METHODS[method]), id="whole")
    outcome = run(whole)
    assert isinstance(outcome, Finished)
    first = open_job(workspace, "train", train_spec(model, **METHODS[method]), id="halves")
    first.__class__ = StopsAfter
    run(first)
    second = open_job(
        workspace, "train", train_spec(model, **METHODS[method]), id="halves", attempt=2
    )
    run(second)
    assert losses(second) == losses(whole)
    name = "model.safetensors" if method == "full" else "adapter_model.safetensors"
    one, other = (load_file(job.folder.path / outcome.best_path / name) for job in (whole, second))
    assert all(torch.equal(one[key], other[key]) for key in one)


@pytest.mark.parametrize("method", METHODS)
def test_what_a_method_leaves_behind_can_be_loaded(
    workspace: Workspace, model: Path, method: str
) -> None:
    job = open_job(workspace, "train", train_spec(model, **METHODS[method]))
    outcome = run(job)
    kept = job.folder.path / outcome.best_path
    base = AutoModelForCausalLM.from_pretrained(model)
    ids = torch.arange(5, 25)[None]
    before = base(input_ids=ids).logits
    if method == "full":
        tuned = AutoModelForCausalLM.from_pretrained(kept)
        assert (kept / "tokenizer.json").is_file()
    else:
        tuned = PeftModel.from_pretrained(base, str(kept))
    assert not torch.allclose(tuned(input_ids=ids).logits, before)
    assert not {"optimizer.pt", "progress.json"} & {path.name for path in kept.iterdir()}


@pytest.mark.parametrize("rs", [False, True])
@pytest.mark.parametrize("rank", [4, 64])
def test_the_rank_and_its_stabiliser_keep_the_factor(rank: int, *, rs: bool) -> None:
    config = lora_config(LoraSpec(rank=rank, scale=2.0, rs=rs))
    factor = config.lora_alpha / (rank**0.5 if config.use_rslora else rank)
    assert factor == pytest.approx(2.0)


def test_four_bits_need_a_gpu_and_say_so(workspace: Workspace, model: Path) -> None:
    with pytest.raises(MachineError, match="needs an NVIDIA GPU"):
        run(open_job(workspace, "train", train_spec(model, method={"kind": "qlora"})))
