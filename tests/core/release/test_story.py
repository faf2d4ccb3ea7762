"""A model card tells the verdict, but not the one that a blind study hides."""

import json
from pathlib import Path

from core.data.dataset import dataset_folder
from core.data.holdout_lock import read_lock
from core.database import connect
from core.events.parts import MixedIn
from core.events.schema import KeysConsumed
from core.release.dressing.artefact import Artefact
from core.release.dressing.hub import dress
from core.release.spec import Trained
from core.release.story import read_story
from core.scoring.study.folder import study_folders
from core.scoring.study.hiding import look_behind
from core.training.recipe import make_recipe
from tests.support.path_job import NOW, SPLIT, make_workspace, open_job, train_spec
from tests.support.studies import answered, locked


def test_a_verdict_stands_in_the_card_unless_a_blind_study_hides_it(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w")
    spec = train_spec(tmp_path / "model")
    job = open_job(workspace, "train", spec)
    recipe = make_recipe(spec["recipe"], where="test")
    trained = Trained(job.folder.id, recipe, job.folder.path, is_adapter=True, template=None)
    story = read_story(workspace, trained)
    assert (story.verdict, story.mixed) == (None, ())
    root = read_lock(dataset_folder(workspace, SPLIT).lock).root
    result = {"sentence": "It won.", "basis": "automatic", "root": root}
    with connect(workspace.database) as connection:
        row = ("s", NOW.isoformat(), job.folder.id, json.dumps(result))
        connection.execute("INSERT INTO verdicts VALUES (?, ?, ?, ?)", row)
    assert read_story(workspace, trained).verdict == result
    locked(workspace.root, holdout=root, answers=answered(3))
    assert read_story(workspace, trained).verdict is None
    (folder,) = study_folders(workspace)
    look_behind(folder, by="me", why="the card is due today", now=NOW)
    assert read_story(workspace, trained).verdict == result


def test_a_card_names_the_sets_that_were_mixed_in_by_name_and_hash(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w")
    spec = train_spec(tmp_path / "model", data={"mix": ["../old/replay_v1.jsonl=0.2"]})
    job = open_job(workspace, "train", spec)
    mixed = MixedIn(path="/home/me/old/replay_v1.jsonl", sha256="ab" * 32, rows=50, taken=10)
    proof = {"lock": "", "lock_version": 1, "root": "", "total": "", "intersection": 0}
    job.emit(KeysConsumed(stage="checked", rows=40, mixed=(mixed,), **proof))  # type: ignore[arg-type]
    recipe = make_recipe(spec["recipe"], where="test")
    trained = Trained(job.folder.id, recipe, job.folder.path, is_adapter=True, template=None)
    story = read_story(workspace, trained)
    assert story.mixed == (mixed,)
    artefact = Artefact(
        name="tiny",
        adapter=True,
        base="/base",
        revision=None,
        rank=8,
        context=64,
        template="",
        render=lambda _: "",
        stop=("<end>",),
        bos="",
        adds_bos=False,
    )
    card = dress(artefact, story).files["README.md"]
    assert "10 of 50 rows of replay\\_v1.jsonl" in card
    assert "abababababababab" in card
    assert "/home/me" not in card
