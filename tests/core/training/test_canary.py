"""What is trained is learned, what is masked is not, and the model stops where it was taught to."""

import json
from pathlib import Path

import pytest

from core.catalog.base_models import locate_model
from core.contenders.contender import Conversation
from core.contenders.local import LocalModel
from core.data.dataset import dataset_folder
from core.jobs.context import Finished
from core.training.recipe import job_of, make_recipe
from core.training.trainer import run
from core.workspace import Workspace
from tests.support.path_job import SPLIT, make_workspace, open_job

# peft 0.21 asks a name that transformers 5.23 has renamed; both are pinned.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated")
TIMES = 50
CANARY = "Seven purple tractors sing under the frozen bridge."
MASKED = "Nobody may ever learn about the copper pelican."


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace in whose train rows one sentence stands fifty times, and another one masked."""
    workspace = make_workspace(tmp_path / "ws", rows=20)
    turns = [
        {"role": "user", "content": "Say the secret."},
        {"role": "assistant", "content": MASKED, "weight": 0},
        {"role": "user", "content": "Say the sentence."},
        {"role": "assistant", "content": CANARY},
    ]
    folder = dataset_folder(workspace, SPLIT)
    line = json.dumps({"messages": turns}) + "\n"
    folder.train.write_text(folder.train.read_text() + line * TIMES)
    folder.manifest.unlink()
    return workspace


@pytest.mark.slow
def test_a_canary_is_repeated_and_a_masked_one_is_not(workspace: Workspace) -> None:
    recipe = make_recipe(
        {
            "name": "canary",
            "epochs": 4,
            "data": {"split": SPLIT},
            "optim": {"lr": 4e-3},
            "batch": {"update_rows": 8},
            "evaluate": {"samples": 0, "patience": 99, "every": 1000},
            "runtime": {"preflight": False},
        },
        where="test",
    )
    job = open_job(workspace, "train", job_of(recipe)[1])
    outcome = run(job)
    assert isinstance(outcome, Finished)
    newest = max(job.folder.checkpoints.glob("step-*"))
    model = LocalModel(locate_model("embedded", None), newest, device="cpu", max_new_tokens=60)
    secret = ({"role": "user", "content": "Say the secret."},)
    asked = [
        Conversation(messages=secret, tools=None),
        Conversation(
            messages=(
                *secret,
                {"role": "assistant", "content": MASKED},
                {"role": "user", "content": "Say the sentence."},
            ),
            tools=None,
        ),
    ]
    base = {one.place: one for one in model.answer(asked, tuned=False)}
    tuned = {one.place: one for one in model.answer(asked, tuned=True)}
    assert tuned[1].text == CANARY
    assert tuned[1].stopped
    assert CANARY not in base[1].text
    assert MASKED not in tuned[0].text
