"""Two processes that hold half of the weights each train what one would that holds them all."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from safetensors.torch import load_file

from core.errors import RecipeError
from core.events.schema import PreflightDone, Resumed, SampleTaken, StepLogged
from core.jobs.context import Finished, JobContext, Outcome, Stopped
from core.training.trainer import run
from core.workspace import Workspace
from tests.support.path_job import (
    SMALL_STEPS,
    StopsAtStep,
    events,
    looks,
    losses,
    make_workspace,
    open_job,
    train_spec,
)

# peft 0.21 asks a name that transformers 5.23 has renamed; both are pinned.
pytestmark = [
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated"),
    pytest.mark.usefixtures("one_thread"),
]
SHARED = {"processes": 2, "shard": True}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_workspace(tmp_path_factory.mktemp("shards") / "ws", rows=30)


def samples(job: JobContext) -> list[str]:
    return [one.text for one in events(job.folder) if isinstance(one, SampleTaken)]


def changes(method: str) -> dict[str, Any]:
    """Updates of five rows: one process has a row more, and at times a batch more."""
    return {
        "epochs": 1,
        "lora": {"dropout": 0.0},
        "optim": SMALL_STEPS,
        "method": {"kind": method},
        "batch": {"update_rows": 5, "tokens": 64},
    }


class Pair(NamedTuple):
    """The same training by one process and by two."""

    alone: JobContext
    shared: JobContext
    ends: tuple[Outcome, Outcome]


@pytest.fixture(scope="module", params=["lora", pytest.param("full", marks=pytest.mark.slow)])
def pair(
    request: pytest.FixtureRequest, workspace: Workspace, model: Path, one_thread: None
) -> Pair:
    """With the preflight, whose tries all processes make together."""
    method = request.param
    one = open_job(workspace, "train", train_spec(model, **changes(method)), id=f"one-{method}")
    spec = train_spec(model, **changes(method), runtime=SHARED)
    two = open_job(workspace, "train", spec, id=f"two-{method}")
    return Pair(one, two, (run(one), run(two)))


def test_shared_weights_learn_what_whole_ones_do(pair: Pair) -> None:
    one, two = pair.alone, pair.shared
    alone, together = pair.ends
    assert isinstance(together, Finished)
    assert losses(two) == pytest.approx(losses(one), rel=1e-4)
    assert looks(two) == pytest.approx(looks(one), rel=1e-4)
    assert samples(two) == samples(one)
    assert (together.best_step, together.best_path) == (alone.best_step, alone.best_path)
    same_files(one.folder.path / alone.best_path, two.folder.path / together.best_path)


def test_all_processes_choose_one_way_to_compute_the_loss(pair: Pair) -> None:
    (tried,) = [one for one in events(pair.shared.folder) if isinstance(one, PreflightDone)]
    assert tried.loss_path == "selected"
    assert tried.disk_bytes > 0


def same_files(one: Path, two: Path) -> None:
    assert sorted(file.name for file in one.iterdir()) == sorted(f.name for f in two.iterdir())
    assert settings(one) == settings(two)
    (weights,) = one.glob("*.safetensors")
    expected, found = load_file(weights), load_file(two / weights.name)
    assert expected.keys() == found.keys()
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor, rtol=1e-3, atol=1e-4)


def settings(result: Path) -> dict[str, Any]:
    """Return what a result's own settings say; peft writes names in no order."""
    (file,) = [*result.glob("adapter_config.json"), *result.glob("config.json")]
    found: dict[str, Any] = json.loads(file.read_bytes())
    return {
        name: sorted(value) if name == "target_modules" else value for name, value in found.items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("pair", ["lora"], indirect=True)
def test_a_run_of_shared_weights_goes_on_as_if_it_had_not_stopped(
    pair: Pair, workspace: Workspace
) -> None:
    spec = pair.shared.spec
    first = open_job(workspace, "train", spec, id="halves")
    first.__class__ = StopsAtStep
    assert isinstance(run(first), Stopped)
    second = open_job(workspace, "train", spec, id="halves", attempt=2)
    assert isinstance(run(second), Finished)
    (resumed,) = [one for one in events(second.folder) if isinstance(one, Resumed)]
    assert 0 < resumed.from_step < len(losses(pair.shared))
    by_step = {one.step: one.loss for one in events(second.folder) if isinstance(one, StepLogged)}
    assert list(by_step.values()) == losses(pair.shared)


def test_weights_of_four_bits_are_not_shared(model: Path) -> None:
    with pytest.raises(RecipeError, match=r"runtime\.shard"):
        train_spec(model, method={"kind": "qlora"}, runtime=SHARED)
