"""The path through real workers: train, kill, resume, score, with nothing lost or asked twice."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.data.dataset import dataset_folder
from core.events.schema import (
    CheckpointSaved,
    KeysConsumed,
    Resumed,
    RunFailed,
    RunFinished,
    StepLogged,
)
from core.jobs.resume import resume
from core.jobs.status import SCORED, Viewer
from core.scoring.start import start_score
from core.training.recipe import make_recipe
from core.training.start import start_run
from core.workspace import RunFolder, Workspace
from tests.support.command import tuningfork
from tests.support.jobs import OVER, kill, read_events, wait_until
from tests.support.path_job import SPLIT, make_workspace
from tests.support.tiny_model import save_tiny_model

LONG = 300.0
"""Seconds; a worker imports torch, which other work on the machine can make slow."""
ENVIRONMENT = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    workspace = make_workspace(tmp_path / "ws")
    save_tiny_model(tmp_path / "model")
    yield workspace
    for folder in workspace.run_folders():
        kill(folder)


def start(workspace: Workspace, name: str) -> RunFolder:
    values: dict[str, Any] = {
        "name": name,
        "epochs": 6,
        "model": {"base": str(workspace.root.parent / "model")},
        "data": {"split": SPLIT},
        "batch": {"update_rows": 4},
        "evaluate": {"every": 8, "samples": 1, "sample_tokens": 4},
        "checkpoint": {"every": 2},
    }
    return start_run(
        workspace,
        make_recipe(values, where="test"),
        now=datetime.now(UTC),
        token=name,
        environment=ENVIRONMENT,
    )


def wait_over(folder: RunFolder) -> str:
    viewer = Viewer(folder)
    wait_until(
        lambda: viewer.look_until_caught_up().state in OVER, f"end of {folder.id}", deadline=LONG
    )
    return viewer.status.state


def losses(folder: RunFolder) -> dict[int, float | None]:
    return {e.step: e.loss for e in read_events(folder.events) if isinstance(e, StepLogged)}


@pytest.mark.slow
def test_a_killed_run_resumes_to_the_same_losses_and_is_scored(workspace: Workspace) -> None:
    killed = start(workspace, "killed")
    wait_until(
        lambda: any(isinstance(e, CheckpointSaved) for e in read_events(killed.events)),
        "a checkpoint",
        deadline=LONG,
    )
    kill(killed)
    whole = start(workspace, "whole")
    resume(killed, now=datetime.now(UTC), environment=ENVIRONMENT)
    score = start_score(
        workspace, killed, now=datetime.now(UTC), token="score", environment=ENVIRONMENT
    )

    assert (wait_over(whole), wait_over(killed), wait_over(score)) == ("finished",) * 3
    assert losses(killed) == losses(whole)
    assert len(losses(whole)) == 48
    assert [e.from_step > 0 for e in read_events(killed.events) if isinstance(e, Resumed)] == [True]
    name = "adapter_model.safetensors"
    assert (killed.adapter / name).read_bytes() == (whole.adapter / name).read_bytes()
    verdict = json.loads((score.path / "verdict.json").read_text())
    assert verdict["run"] == killed.id
    assert verdict["items"] == 6
    (ended,) = [e for e in read_events(score.events) if isinstance(e, RunFinished)]
    assert ended.reason == SCORED


def test_a_planted_holdout_row_fails_the_run_in_words(workspace: Workspace) -> None:
    folder = dataset_folder(workspace, SPLIT)
    planted = folder.holdout.read_text().splitlines()[0]
    folder.train.write_text(planted + "\n" + folder.train.read_text())
    run = start(workspace, "planted")
    assert wait_over(run) == "failed"
    (failed,) = [e for e in read_events(run.events) if isinstance(e, RunFailed)]
    assert "row 1 is a holdout row" in failed.what
    assert not losses(run)


def test_a_reworded_holdout_row_is_refused_by_name_through_the_command(
    workspace: Workspace,
) -> None:
    folder = dataset_folder(workspace, SPLIT)
    row = json.loads(folder.holdout.read_text().splitlines()[0])
    for turn in row["messages"]:
        turn["content"] = f"  {turn['content'].swapcase()} "
    folder.train.write_text(f"{folder.train.read_text()}{json.dumps(row)}\n")
    last = len(folder.train.read_text().splitlines())
    recipe = workspace.root / "recipe.toml"
    model = workspace.root.parent / "model"
    recipe.write_text(
        f'name = "leaks"\nepochs = 1\n[model]\nbase = "{model}"\n[data]\nsplit = "{SPLIT}"\n'
        "[evaluate]\nsamples = 0\n"
    )
    words = ("train", recipe, "-w", workspace.root, "--set", "runtime.preflight=false")

    refused = tuningfork(*words, cwd=workspace.root)
    assert refused.code == 1
    assert f"row {last} has the words of a holdout row" in refused.out + refused.err
    assert "--allow-holdout" in refused.out + refused.err

    reason = "a smoke test of this very refusal"
    allowed = (*words, "--allow-holdout", reason, "--json")
    done = tuningfork(*allowed, "--detach", cwd=workspace.root)
    run = RunFolder(Path(done.json["directory"]))
    assert wait_over(run) == "finished"
    kept = [e for e in read_events(run.events) if isinstance(e, KeysConsumed)]
    assert [(e.stage, e.intersection, e.override) for e in kept] == [
        ("checked", 1, reason),
        ("read", 1, reason),
    ]
    assert reason in run.recipe.read_text()

    score = start_score(workspace, run, now=datetime.now(UTC), token="s", environment=ENVIRONMENT)
    assert wait_over(score) == "failed"
    (failed,) = [e for e in read_events(score.events) if isinstance(e, RunFailed)]
    assert "touch the holdout" in failed.what
    assert reason in failed.why
