"""A training killed at any moment goes on to the very weights it would have had."""

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from core.events.schema import Resumed, StepLogged
from core.jobs.context import JobContext
from core.training.trainer import run
from core.workspace import Workspace
from tests.support.path_job import events, make_workspace, open_job, train_spec
from tests.support.tiny_model import save_tiny_model

# peft 0.21 asks a name that transformers 5.23 has renamed; both are pinned.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated"),
]
POINTS = 20
STEPS = 24
WEIGHTS = "adapter_model.safetensors"


def test_twenty_random_kills_change_no_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.training.trainer.usable_cores", lambda: 1)
    workspace = make_workspace(tmp_path / "ws")
    spec = train_spec(
        save_tiny_model(tmp_path / "model"), epochs=6, evaluate={"every": 3, "patience": 99}
    )
    whole = open_job(workspace, "train", spec, id="whole")
    run(whole)
    wanted = load_file(whole.folder.adapter / WEIGHTS)
    rng = random.Random(20260104)
    resumed_from = []
    for number in range(POINTS):
        id = f"killed-{number}"
        kill_after(workspace, spec, id, rng.randrange(1, STEPS), rng.uniform(0, 0.05))
        shown = {one.step for one in steps(open_job(workspace, "train", spec, id=id))}
        job = open_job(workspace, "train", spec, id=id, attempt=2)
        run(job)
        found = load_file(job.folder.adapter / WEIGHTS)
        assert all(torch.equal(found[name], wanted[name]) for name in wanted), number
        assert shown <= {one.step for one in steps(job)}
        last = {one.step: (one.loss, one.grad_norm) for one in steps(job)}
        assert last == {one.step: (one.loss, one.grad_norm) for one in steps(whole)}
        resumed_from += [one.from_step for one in events(job.folder) if isinstance(one, Resumed)]
    assert len(resumed_from) > POINTS // 2, "most kills come after the first checkpoint"


def steps(job: JobContext) -> list[StepLogged]:
    return [one for one in events(job.folder) if isinstance(one, StepLogged)]


def kill_after(
    workspace: Workspace, spec: dict[str, Any], id: str, step: int, seconds: float
) -> None:
    """Train in a process of its own, and kill it a moment after it logged a step."""
    child = os.fork()
    if child == 0:
        try:
            run(open_job(workspace, "train", spec, id=id))
        finally:
            os._exit(0)
    log, logged = workspace.run(id).events, f'"step":{step},'.encode()
    while not log.exists() or logged not in log.read_bytes():
        over = os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        assert over is None or logged in log.read_bytes(), f"it ended before step {step}"
        time.sleep(0.005)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
