import pytest

from core.errors import DataError
from core.scoring.study.glance import glances, marks_of, read_glance, waiting
from core.scoring.study.judging import judge_study, judged_again
from core.scoring.study.listing import keep_glances, list_studies
from core.scoring.study.session import Task
from core.scoring.study.watching import watch_study
from core.stages import read_overview
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


def tuned_is_best(task: Task, place: int) -> int:
    """Rate by what the answers of `locked` say of whose they are."""
    return 5 if task.sides[place].text.endswith(str(sorted("tuned"))) else 1


def test_a_study_that_stops_on_evidence_says_when_it_may(lock: Lock) -> None:
    folder = lock(24, stopping="sequential", holdout="")
    workspace = open_workspace(folder.path.parents[1])
    rate_all(folder, "ada", tuned_is_best, limit=3)
    (few,) = list_studies(workspace)
    assert (few.state, few.watched, few.may_stop) == ("blind", True, False)
    assert "of at most 24 ratings" in str(read_overview(workspace))
    rate_all(folder, "ada", tuned_is_best, limit=13)
    (enough,) = list_studies(workspace)
    assert (enough.state, enough.rated, enough.may_stop) == ("blind", 16, True)
    assert any("enough to stop" in line for line in watch_study(folder).lines())
    assert f"tuningfork verdict {folder.id}" in str(read_overview(workspace))
    assert judge_study(workspace, folder, early=False, by="me", now=NOW).verdict.decision == "ship"
    assert not list_studies(workspace)[0].may_stop
    assert waiting(glances(workspace)) is None


def test_the_evidence_of_a_study_of_fixed_size_is_told_to_nobody(lock: Lock) -> None:
    folder = lock(24, holdout="")
    rate_all(folder, "ada", tuned_is_best, limit=20)
    (row,) = list_studies(open_workspace(folder.path.parents[1]))
    assert (row.state, row.watched, row.may_stop) == ("blind", False, False)


def test_a_glance_knows_whether_it_still_holds_and_names_no_contender(lock: Lock) -> None:
    folder = lock(4)
    workspace = open_workspace(folder.path.parents[1])
    assert glances(workspace) == [None]
    keep_glances(workspace)
    (found,) = glances(workspace)
    assert found is not None
    assert (found.state, found.rated, found.planned, found.fresh) == ("blind", 0, 4, True)
    rate_all(folder, "ada", always, limit=1)
    stale = read_glance(folder)
    assert stale is not None
    assert (stale.rated, stale.fresh) == (0, False)
    keep_glances(workspace)
    again = read_glance(folder)
    assert again is not None
    assert (again.rated, again.fresh) == (1, True)
    kept = folder.glance.read_text()
    assert all(name not in kept for name in ("tuned", "base", "few", "rag"))
    for broken in ("", "[]", '{"marks": [], "glance": {"state": "else"}}'):
        folder.glance.write_text(broken)
        assert glances(workspace) == [None]


def test_an_item_enters_the_evidence_when_its_last_rater_finishes(lock: Lock) -> None:
    folder = lock(12, stopping="sequential", holdout="", raters_per_item=2)
    workspace = open_workspace(folder.path.parents[1])
    rate_all(folder, "ada", tuned_is_best)
    assert watch_study(folder).evidence == 1.0
    with pytest.raises(DataError, match="No item was rated by 2 raters yet"):
        judge_study(workspace, folder, early=False, by="me", now=NOW)
    assert not folder.revealed.exists()
    rate_all(folder, "ben", tuned_is_best, limit=5)
    few = watch_study(folder).evidence
    assert few is not None
    assert 1 < few < 20
    assert not list_studies(workspace)[0].may_stop
    rate_all(folder, "ben", tuned_is_best, limit=5)
    assert list_studies(workspace)[0].may_stop


def test_naming_who_is_beaten_needs_more_evidence(lock: Lock) -> None:
    folder = lock(24, stopping="sequential", holdout="", rule="holm")
    rate_all(folder, "ada", tuned_is_best, limit=8)
    seen = watch_study(folder)
    assert seen.needed == pytest.approx(60)
    assert seen.evidence is not None
    assert 20 < seen.evidence < 60
    assert not list_studies(open_workspace(folder.path.parents[1]))[0].may_stop
