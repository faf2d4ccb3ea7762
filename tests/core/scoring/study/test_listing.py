import pytest

from core.errors import DataError
from core.scoring.study.judging import judge_study, judged_again
from core.scoring.study.listing import list_studies, marks_of
from core.workspace import open_workspace
from tests.core.scoring.study.conftest import Lock, always, rate_all
from tests.support.studies import NOW


def test_a_study_is_blind_then_complete_then_opened(lock: Lock) -> None:
    folder = lock(4)
    workspace = open_workspace(folder.path.parents[1])
    seen = []
    for limit in (1, None):
        rate_all(folder, "ada", always, limit=limit)
        (row,) = list_studies(workspace)
        seen.append((row.state, row.rated, row.planned, row.missing, row.raters))
    judge_study(workspace, folder, early=False, by="me", now=NOW)
    seen.append((list_studies(workspace)[0].state,))
    assert seen == [("blind", 1, 4, 3, ("ada",)), ("complete", 4, 4, 0, ("ada",)), ("opened",)]


def test_a_study_that_cannot_be_read_is_listed_with_its_reason(lock: Lock) -> None:
    folder = lock(4)
    folder.sheet.write_text("{")
    (row,) = list_studies(open_workspace(folder.path.parents[1]))
    assert row.state == "damaged"
    assert "cannot be read" in row.problem


def test_marks_move_with_every_rating(lock: Lock) -> None:
    folder = lock(4)
    before = marks_of(folder)
    assert marks_of(folder) == before
    rate_all(folder, "ada", always, limit=1)
    assert marks_of(folder) != before


def test_a_verdict_is_derived_again_and_only_from_an_open_seal(lock: Lock) -> None:
    folder = lock(8)
    workspace = open_workspace(folder.path.parents[1])
    rate_all(folder, "ada", always)
    with pytest.raises(DataError, match="shut"):
        judged_again(workspace, folder)
    assert not folder.revealed.exists()
    said = judge_study(workspace, folder, early=False, by="me", now=NOW)
    assert judged_again(workspace, folder).verdict == said.verdict
