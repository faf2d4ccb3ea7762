from pathlib import Path

import pytest

from core.errors import DataError
from core.scoring.study.judging import judge_study
from core.scoring.study.session import RatingSession
from core.workspace import open_workspace
from tests.core.scoring.study.conftest import Lock, always, by_text, rate_all
from tests.support.studies import NOW, answered


def test_a_study_that_cannot_be_judged_stays_blind(lock: Lock, tmp_path: Path) -> None:
    folder = lock(3)
    workspace = open_workspace(tmp_path / "workspace")
    with RatingSession(folder, "ada", clock=lambda: NOW) as session:
        task = session.next()
        assert task is not None
        session.rate(task, 0, 5)
    for early in (False, True):
        with pytest.raises(DataError):
            judge_study(workspace, folder, early=early, by="owner", now=NOW)
        assert not folder.revealed.exists()


def test_the_seal_opens_early_only_when_told_and_the_verdict_says_what_is_missing(
    lock: Lock, tmp_path: Path
) -> None:
    scores = {f"{name} {number}": 5 if name == "t" else 1 for name in "tbfr" for number in range(9)}
    answers = answered(8, lambda number, name: f"{name[0]} {number}")
    folder = lock(answers=answers, raters_per_item=1)
    workspace = open_workspace(tmp_path / "workspace")
    rate_all(folder, "ada", by_text(scores), limit=7)
    with pytest.raises(DataError, match="1 planned ratings"):
        judge_study(workspace, folder, early=False, by="owner", now=NOW)
    judged = judge_study(workspace, folder, early=True, by="owner", now=NOW)
    assert folder.revealed.exists()
    assert judged.verdict.decision == "cannot_say"
    assert "holdout" in judged.verdict.sentence or "missing" in judged.verdict.sentence


def test_a_log_that_was_changed_is_named_whether_the_seal_is_open_or_shut(lock: Lock) -> None:
    folder = lock(8, holdout="")
    workspace = open_workspace(folder.path.parents[1])
    rate_all(folder, "ada", always)
    path = folder.log("ada")
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b'"value":3', b'"value":5', 1))
    with pytest.raises(DataError, match=r"can't be trusted: .*line 1 of ada\.jsonl") as refused:
        judge_study(workspace, folder, early=False, by="me", now=NOW)
    assert "8 planned ratings are missing" in refused.value.why
    assert not folder.revealed.exists()
    path.write_bytes(whole)
    judge_study(workspace, folder, early=False, by="me", now=NOW)
    last = whole.rindex(b'"value":3')
    path.write_bytes(whole[:last] + b'"value":5' + whole[last + 9 :])
    verdict = judge_study(workspace, folder, early=False, by="me", now=NOW).verdict
    assert verdict.decision == "cannot_say"
    assert "ada.jsonl" in verdict.sentence
