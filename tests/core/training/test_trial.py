"""A little training for real says what works on a machine, and what does not."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from core.doctor import diagnose_training
from core.machine import Gpu
from core.training import trial, trial_training
from core.training.trial import trial_devices, try_training

# peft 0.21 asks a name that transformers 5.23 has renamed; both are pinned.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated")


def test_everything_is_tried_for_real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.training.trainer.usable_cores", lambda: 1)
    said = list(trial_training.trials(tmp_path / "w", "cpu", "float32"))
    states = {one["subject"]: one["state"] for one in said[:-1]}
    assert states == dict.fromkeys(
        ("forward and backward", "loss", "memory", "checkpoint", "resume"), "ok"
    )
    assert "bit by bit" in said[-2]["finding"]
    assert "after update 3" in said[-2]["finding"]
    assert said[-1]["first_loss"] > 0


def test_a_resume_with_other_weights_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = iter([{"a": torch.ones(3)}, {"a": torch.full((3,), 1.5)}])
    monkeypatch.setattr(trial_training, "load_file", lambda _: next(weights))
    monkeypatch.setattr(trial_training, "_events", lambda *_: [type("R", (), {"from_step": 3})])
    folder: Any = type("F", (), {"adapter": tmp_path})
    said = trial_training._resume(folder, folder)
    assert said["state"] == "broken"
    assert "differ by 5.0e-01" in said["finding"]


def child(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    monkeypatch.setattr(trial, "COMMAND", (sys.executable, "-c", script))


GOOD = """
import json, sys
loss = 2.0 if sys.argv[3] == "float32" else {half}
print(json.dumps({{"subject": "resume", "state": "{state}", "finding": "f", "device": "cpu"}}))
print(json.dumps({{"first_loss": loss, "device": "cpu"}}))
"""


def found(environment: Mapping[str, str] | None = None) -> dict[str, tuple[str, str]]:
    said = diagnose_training(environment or {})
    return {one.subject: (one.state, one.finding + one.remedy) for one in said}


@pytest.mark.parametrize(("half", "state"), [(2.05, "ok"), (3.0, "limited")])
def test_the_precisions_are_compared(
    monkeypatch: pytest.MonkeyPatch, half: float, state: str
) -> None:
    monkeypatch.setattr("core.doctor.read_gpus", lambda: ((), ""))
    child(monkeypatch, GOOD.format(half=half, state="ok"))
    said = found()
    assert said["cpu: precisions"][0] == state
    assert said["cpu, float32: resume"][0] == "ok"
    assert said["cpu, bfloat16: resume"][0] == "ok"


def test_a_child_that_dies_or_refuses_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.doctor.read_gpus", lambda: ((), ""))
    child(monkeypatch, "raise SystemExit('no \\x1b kernel image')")
    state, words = found()["auto, float32"]
    assert state == "broken"
    assert "status 1" in words
    assert "kernel image" in words
    assert "\x1b" not in words
    refused = '{"error": {"error": "MachineError", "what": "No.", "why": "W.", "remedy": "R."}}'
    child(monkeypatch, f"print('{refused}')")
    assert found()["auto, float32"] == ("broken", "No. W.R.")
    child(monkeypatch, GOOD.format(half=2.0, state="broken"))
    assert found()["cpu, float32: resume"][0] == "broken"


def test_every_gpu_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    gpus = tuple(Gpu(index=n, name="g", memory_total=1, memory_used=0) for n in (0, 1))
    assert trial_devices(gpus) == ("cuda:0", "cuda:1")
    child(monkeypatch, "import sys; raise SystemExit(sys.argv[2])")
    assert [one.subject for one in try_training("cuda:1", {})] == [
        "cuda:1, float32",
        "cuda:1, bfloat16",
    ]
