"""The recipe's word for a device becomes one that torch has; GPUs are played by stand-ins."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import torch

from core.errors import MachineError
from core.events.schema import MessageLogged
from core.jobs.context import Finished
from core.machine import Gpu
from core.training import start
from core.training.arguments import half_precision
from core.training.device import alone, device_words, torch_device
from core.training.recipe import make_recipe
from core.training.trainer import run
from core.workspace import Workspace
from tests.support.path_job import SPLIT, events, make_workspace, open_job, train_spec
from tests.support.tiny_model import save_tiny_model

# peft 0.21 asks a name that transformers 5.23 has renamed; both are pinned.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated")


def gpus(monkeypatch: pytest.MonkeyPatch, count: int, *, half: bool = True) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: half)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "NVIDIA H100")


def recipe(**values: Any) -> Any:
    return make_recipe({"name": "a", "data": {"split": "s"}, **values}, where="test")


def test_auto_takes_a_gpu_where_torch_sees_one(monkeypatch: pytest.MonkeyPatch) -> None:
    gpus(monkeypatch, 0)
    assert torch_device("auto") == torch.device("cpu")
    gpus(monkeypatch, 2)
    assert torch_device("auto") == torch.device("cuda", 0)
    assert torch_device("cuda") == torch.device("cuda", 0)
    assert torch_device("cuda:1") == torch.device("cuda", 1)
    assert torch_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize("name", ["cuda", "cuda:0", "cuda:7", "mps"])
def test_a_named_device_that_is_not_there_is_no_silent_processor(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    gpus(monkeypatch, 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(MachineError, match=f"no device {name}") as refused:
        torch_device(name)
    assert 'device = "cpu"' in refused.value.remedy


@pytest.mark.parametrize(
    ("before", "number", "after"), [("", 1, "1"), ("4,6", 1, "6"), ("GPU-ab", 0, "GPU-ab")]
)
def test_other_gpus_are_hidden_from_a_training(before: str, number: int, after: str) -> None:
    environment = {"CUDA_VISIBLE_DEVICES": before} if before else {}
    assert alone(torch.device("cuda", number), environment) == torch.device("cuda", 0)
    assert environment["CUDA_VISIBLE_DEVICES"] == after
    untouched: dict[str, str] = {}
    assert alone(torch.device("cpu"), untouched) == torch.device("cpu")
    assert untouched == {}


def test_bfloat16_is_taken_where_the_card_itself_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = torch.device("cuda", 0)
    gpus(monkeypatch, 1)
    assert half_precision(recipe(), gpu)
    assert not half_precision(recipe(), torch.device("cpu"))
    gpus(monkeypatch, 1, half=False)
    assert not half_precision(recipe(), gpu)
    assert half_precision(recipe(model={"dtype": "bfloat16"}), gpu)
    assert device_words(gpu, half=True) == "Computes on cuda:0 (NVIDIA H100) in bfloat16."


def test_a_run_says_where_it_computes(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "ws")
    spec = train_spec(save_tiny_model(tmp_path / "m"), epochs=1)
    assert spec["recipe"]["device"] == "auto"
    job = open_job(workspace, "train", spec)
    assert isinstance(run(job), Finished)
    said = [one.text for one in events(job.folder) if isinstance(one, MessageLogged)]
    assert any(line.startswith("Computes on ") for line in said)


@pytest.mark.parametrize(
    ("asked", "queued"), [("auto", "cuda:0"), ("cuda", "cuda:0"), ("cpu", "cpu")]
)
def test_the_job_waits_for_the_device_that_the_driver_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str, queued: str
) -> None:
    workspace: Workspace = make_workspace(tmp_path / "ws")
    gpu = Gpu(index=0, name="g", memory_total=1, memory_used=0)
    monkeypatch.setattr(start, "read_gpus", lambda: ((gpu,), ""))
    launched: dict[str, Any] = {}
    monkeypatch.setattr(start, "launch", lambda _, **given: launched.update(given))
    one = make_recipe({"name": "a", "device": asked, "data": {"split": SPLIT}}, where="test")
    start.start_run(workspace, one, now=datetime.now(UTC), token="t", environment={})
    assert launched["device"] == queued
