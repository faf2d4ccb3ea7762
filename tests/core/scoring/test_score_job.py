"""The whole job on a tiny model: every contender answers every holdout row once."""

import json
from pathlib import Path

import pytest

from core.data.dataset import dataset_folder, read_part, read_salt
from core.data.keys import row_keys
from core.database import connect_to_read
from core.errors import DataError, JobError
from core.events.schema import PhaseEntered
from core.jobs.context import Finished, JobContext, Stopped
from core.scoring.invited import invite
from core.scoring.score_job import run
from core.training.recipe import job_of, make_recipe
from core.training.trainer import run as train
from core.workspace import Workspace
from tests.support.fake_chat import FakeChat, error
from tests.support.path_job import SPLIT, events, make_workspace, open_job, train_spec
from tests.support.tiny_model import save_tiny_model

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated")
SPEC = {"run": "tiny", "max_new_tokens": 6}


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with a finished training run called tiny."""
    monkeypatch.setattr("core.training.trainer.usable_cores", lambda: 1)
    monkeypatch.setattr("core.contenders.local.usable_cores", lambda: 1)
    workspace = make_workspace(tmp_path / "ws")
    recipe = make_recipe(
        {
            "name": "tiny",
            "epochs": 1,
            "model": {"base": str(save_tiny_model(tmp_path / "model"))},
            "data": {"split": SPLIT},
            "evaluate": {"samples": 0},
        },
        where="test",
    )
    train(open_job(workspace, "train", job_of(recipe)[1], id="tiny"))
    return workspace


class StopsEarly(JobContext):
    """A job that somebody asks to stop while it answers."""

    def stop_requested(self) -> bool:
        return True


def test_every_contender_answers_every_item_and_the_verdict_is_kept(workspace: Workspace) -> None:
    job = open_job(workspace, "score", SPEC, id="score")
    outcome = run(job)
    assert isinstance(outcome, Finished)
    verdict = json.loads((job.folder.path / "verdict.json").read_text())
    assert set(verdict) >= {
        "decision",
        "sentence",
        "comparisons",
        "agreement",
        "unsafe",
        "more_items",
    }
    assert [c["against"] for c in verdict["comparisons"]] in (["base", "few_shot"], [])
    lines = job.folder.answers.read_text().splitlines()
    assert len(lines) == 3 * 6
    with connect_to_read(workspace.database) as connection:
        assert connection
        ((kept, trained),) = connection.execute("SELECT result, run FROM verdicts").fetchall()
    assert (json.loads(kept), trained) == (verdict, "tiny")
    counted = [e for e in events(job.folder) if isinstance(e, PhaseEntered)]
    assert [(e.done, e.total) for e in counted if e.name == "answering"][-1] == (18, 18)


def test_a_job_that_was_stopped_asks_nothing_twice(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.contenders.answering._AT_ONCE", 2)
    first = open_job(workspace, "score", SPEC, id="score")
    first.__class__ = StopsEarly
    assert isinstance(run(first), Stopped)
    before = first.folder.answers.read_text().splitlines()
    assert 0 < len(before) < 18
    second = open_job(workspace, "score", SPEC, id="score", attempt=2)
    assert isinstance(run(second), Finished)
    after = second.folder.answers.read_text().splitlines()
    assert after[: len(before)] == before
    keys = [json.loads(line)["key"] for line in after]
    assert len(keys) == len(set(keys)) == 18


def test_answers_do_not_depend_on_who_shares_a_batch(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def texts(id: str, rows: int) -> dict[str, str]:
        monkeypatch.setattr("core.contenders.generation._BATCH_ROWS", rows)
        job = open_job(workspace, "score", SPEC, id=id)
        run(job)
        job.folder.answers.rename(job.folder.path / "aside.jsonl")  # so that all are asked again
        lines = (job.folder.path / "aside.jsonl").read_text().splitlines()
        return {one["key"]: one["text"] for one in map(json.loads, lines)}

    assert texts("one", 1) == texts("many", 32)


def test_a_holdout_that_is_not_the_locked_one_is_refused(workspace: Workspace) -> None:
    holdout = dataset_folder(workspace, SPLIT).holdout
    lines = holdout.read_text().splitlines()
    holdout.chmod(0o600)
    holdout.write_text("\n".join(lines[1:]) + "\n")
    with pytest.raises(DataError, match="not the one that was locked"):
        run(open_job(workspace, "score", SPEC, id="score"))


def test_a_job_without_an_adapter_cannot_be_scored(workspace: Workspace) -> None:
    open_job(workspace, "rehearsal", {}, id="played")
    with pytest.raises(JobError, match="nothing tuned to score"):
        run(open_job(workspace, "score", {"run": "played"}, id="score"))


def test_a_run_that_moved_all_weights_is_scored_too(workspace: Workspace, tmp_path: Path) -> None:
    moved = train_spec(tmp_path / "model", epochs=1, method={"kind": "full"}, optim={"lr": 2e-2})
    train(open_job(workspace, "train", moved, id="moved"))
    job = open_job(workspace, "score", {**SPEC, "run": "moved"}, id="score")
    assert isinstance(run(job), Finished)
    verdict = json.loads((job.folder.path / "verdict.json").read_text())
    assert verdict["run"] == "moved"
    lines = [json.loads(line) for line in job.folder.answers.read_text().splitlines()]
    assert len({line["key"] for line in lines}) == 18


def test_endpoints_and_files_are_scored_beside_the_models_of_this_machine(
    workspace: Workspace, tmp_path: Path
) -> None:
    salt = read_salt(workspace)
    items = read_part(dataset_folder(workspace, SPLIT).holdout)
    made = tmp_path / "made.jsonl"
    lines = [
        {"item": row_keys(item, salt).row.hex(), "contender": "x", "answer": item.reference}
        for item in items
    ]
    made.write_text("\n".join(map(json.dumps, lines)))
    with FakeChat().serving() as server:
        workspace.endpoints.write_text(
            f'[endpoint.vendor]\nbase_url = "{server.url}"\nmodel = "m"\ntries = 1\n'
        )
        invited = invite(workspace, ["vendor"], [f"right={made}"], {})
        spec = {**SPEC, "invited": invited.model_dump(mode="json")}
        server.meet(items[0].prompt[-1].text, error(500, "not now"))
        with pytest.raises(JobError, match="vendor to 1"):
            run(open_job(workspace, "score", spec, id="score"))
        assert not (workspace.run("score").path / "verdict.json").exists()
        job = open_job(workspace, "score", spec, id="score", attempt=2)
        assert isinstance(run(job), Finished)
        assert len(server.seen) == len(items) + 1
        assert not any(item.reference in str(server.seen) for item in items if item.reference)
    verdict = json.loads((job.folder.path / "verdict.json").read_text())
    assert verdict["contenders"]["right"]["exact"]["hits"] == len(items)
    assert {"vendor", "right"} <= {one["against"] for one in verdict["comparisons"]}
