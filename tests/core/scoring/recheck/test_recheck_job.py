"""Servers answer the locked holdout once more, and what changed is said."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from core.contenders.answers import AnswerStore, StoredAnswer
from core.data.dataset import dataset_folder, read_part, read_salt
from core.data.holdout_lock import read_lock
from core.data.keys import row_keys
from core.data.rows import Example
from core.errors import DataError, JobError, UsageError
from core.jobs.context import Finished
from core.scoring.answered_items import AnsweredItem
from core.scoring.recheck.anchors import revealed_ratings
from core.scoring.recheck.start import find_scored, start_recheck
from core.scoring.recheck_job import run
from core.scoring.study.opened import open_seal, read_locked
from core.workspace import Workspace
from tests.support.fake_chat import FakeChat
from tests.support.path_job import NOW, SPLIT, make_workspace, open_job
from tests.support.rated_studies import rate
from tests.support.studies import locked
from tests.support.tuned_run import RUN, finish_run


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = make_workspace(tmp_path / "ws", rows=80)
    finish_run(workspace, tmp_path / "base").mkdir()
    return workspace


def endpoint(url: str) -> dict[str, Any]:
    return {"base_url": url, "model": "vendor-1", "tries": 1}


def holdout(workspace: Workspace) -> dict[str, Example]:
    folder, salt = dataset_folder(workspace, SPLIT), read_salt(workspace)
    return {row_keys(row, salt).row.hex(): row for row in read_part(folder.holdout)}


def as_the_fake_answers(example: Example) -> str:
    return example.prompt[-1].text.upper()


def score(
    workspace: Workspace, url: str, answer: Callable[[Example], str] = as_the_fake_answers
) -> None:
    spec = {"run": RUN, "invited": {"endpoints": {"vendor": endpoint(url)}}}
    job = open_job(workspace, "score", spec, id="scored")
    AnswerStore(job.folder.answers).add(
        [
            StoredAnswer(
                key=name,
                contender="vendor",
                item=name,
                text=answer(example),
                tokens=1,
                stopped=True,
                cut=False,
            )
            for name, example in holdout(workspace).items()
        ]
    )


def recheck(workspace: Workspace, url: str) -> Any:
    spec = {"score_job": "scored", "run": RUN, "endpoints": {"vendor": endpoint(url)}}
    job = open_job(workspace, "recheck", spec, id="again")
    assert isinstance(run(job), Finished)
    return json.loads((job.folder.path / "recheck.json").read_bytes())


def test_a_model_that_answers_as_before_is_asked_again_and_holds(workspace: Workspace) -> None:
    with FakeChat().serving() as chat:
        score(workspace, chat.url)
        result = recheck(workspace, chat.url)
    assert len(chat.seen) == len(holdout(workspace)), "stored answers are not taken for today's"
    (one,) = result["contenders"]
    assert (result["ok"], one["state"], one["changed"]) == (True, "unchanged", 0)


def test_a_model_that_got_worse_is_called_so(workspace: Workspace) -> None:
    with FakeChat().serving() as chat:
        score(workspace, chat.url, lambda example: example.reference)
        result = recheck(workspace, chat.url)
    (one,) = result["contenders"]
    assert (result["ok"], one["state"]) == (False, "worse")
    assert one["worse"] == one["items"] == len(holdout(workspace))
    assert one["sentence"].startswith("WORSE than when it was scored")


def test_ratings_of_an_opened_study_bound_the_mean_of_today(workspace: Workspace) -> None:
    rows = holdout(workspace)
    with FakeChat().serving() as chat:
        first = next(iter(rows))
        score(
            workspace,
            chat.url,
            lambda one: "old words" if one == rows[first] else as_the_fake_answers(one),
        )
        root = read_lock(dataset_folder(workspace, SPLIT).lock).root
        study = locked(workspace.root, answers=_items(rows), holdout=root, **_PLAN)
        rate(study, "ada")
        assert not revealed_ratings(workspace, root), "a sealed study stays sealed"
        assert recheck(workspace, chat.url)["contenders"][0]["anchors"] is None
        open_seal(study, read_locked(study), by="me", now=NOW)
        anchors = recheck(workspace, chat.url)["contenders"][0]["anchors"]
    count = len(rows)
    assert (anchors["rated"], anchors["stand"]) == (count, count - 1)
    assert anchors["mean"] == 5
    assert anchors["low"] == pytest.approx((5 * (count - 1) + 1) / count)
    assert anchors["high"] == 5


_PLAN: dict[str, Any] = {"tuned": "tuned", "raters": ["ada"], "raters_per_item": 1}


def _items(rows: Mapping[str, Example]) -> list[AnsweredItem]:
    return [
        AnsweredItem(
            id=name,
            prompt=(("user", example.prompt[-1].text),),
            reference=example.reference,
            answers={"vendor": f"best {name}", "tuned": f"other {name}"},
        )
        for name, example in rows.items()
    ]


def test_a_holdout_that_was_changed_is_not_asked(workspace: Workspace) -> None:
    held = dataset_folder(workspace, SPLIT).holdout
    with FakeChat().serving() as chat:
        score(workspace, chat.url)
        held.chmod(0o600)
        lines = held.read_text().splitlines()
        held.write_text("\n".join(lines[1:]) + "\n")
        with pytest.raises(DataError, match="not the one that was locked"):
            recheck(workspace, chat.url)
    assert not chat.seen


def test_what_is_meant_is_found_by_run_by_job_and_by_study(workspace: Workspace) -> None:
    with pytest.raises(JobError, match="nothing to recheck"):
        find_scored(workspace, None)
    score(workspace, "http://127.0.0.1:1/v1")
    study = locked(workspace.root, answers=_items(holdout(workspace)), **_PLAN)
    for what in (None, RUN, "scored", study.id):
        assert find_scored(workspace, what).id == "scored"
    open_job(workspace, "score", {"run": "other"}, id="zz")
    assert find_scored(workspace, None).id == "scored", "that one asked no server"


def test_unknown_endpoints_and_a_version_for_several_are_refused(workspace: Workspace) -> None:
    score(workspace, "http://127.0.0.1:1/v1")
    world: dict[str, Any] = {"now": NOW, "token": "t", "environment": {}}
    with pytest.raises(UsageError, match="other was not asked in scored"):
        start_recheck(workspace, None, names=["other"], **world)
