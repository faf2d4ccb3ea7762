"""A model card tells the verdict, but not the one that a blind study hides."""

import json
from pathlib import Path

from core.data.dataset import dataset_folder
from core.data.holdout_lock import read_lock
from core.database import connect
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
    assert read_story(workspace, trained).verdict is None
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
