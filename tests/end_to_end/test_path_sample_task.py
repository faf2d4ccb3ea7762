"""The sample task on the model that comes along, as a person would run it."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.catalog.base_models import embedded_model
from core.data.split import split_file
from core.jobs.status import Viewer
from core.scoring.start import start_score
from core.training.recipe import read_recipe
from core.training.start import start_run
from core.workspace import Workspace, create_workspace
from tests.support.jobs import OVER, kill, wait_until

pytestmark = pytest.mark.slow
LONG = 1800.0
"""Seconds; a minute or two on two idle cores, far more when they are shared."""
POINTS = 0.5
"""What the tuned model must gain over its base, as a share of exact matches."""
ENVIRONMENT = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    workspace = create_workspace(tmp_path / "ws")
    yield workspace
    for folder in workspace.run_folders():
        kill(folder)


def test_the_fine_tune_beats_base_and_few_shot_on_the_sample_task(workspace: Workspace) -> None:
    sample = embedded_model().parent
    recipe = read_recipe(sample / "recipe.toml")
    assert recipe.data
    split = split_file(
        workspace, sample / "support_tickets.jsonl", name=recipe.data.split, now=datetime.now(UTC)
    )
    run = start_run(workspace, recipe, now=datetime.now(UTC), token="run", environment=ENVIRONMENT)
    score = start_score(
        workspace, run, now=datetime.now(UTC), token="score", environment=ENVIRONMENT
    )
    viewer = Viewer(score)
    wait_until(lambda: viewer.look_until_caught_up().state in OVER, "the verdict", deadline=LONG)
    assert viewer.status.state == "finished", viewer.status.as_json()
    verdict = json.loads((score.path / "verdict.json").read_text())
    assert verdict["items"] == split.holdout
    assert verdict["decision"] == "keep_rating"
    gained = {one["against"]: one["mean_difference"] for one in verdict["comparisons"]}
    assert gained["base"] >= POINTS, verdict["sentence"]
    for comparison in verdict["comparisons"]:
        assert comparison["low"] > 0, verdict["sentence"]
