"""While a study is blind, nothing of the same holdout tells whose answer is whose."""

import json
from io import StringIO
from pathlib import Path

import pytest

from core.database import connect
from core.decide.standing import read_standing
from core.errors import UsageError
from core.events.schema import RunFinished
from core.jobs.status import SCORED, Viewer, read_status
from core.jobs.store import list_jobs
from core.scoring.study.folder import StudyFolder
from core.scoring.study.hiding import HIDDEN, blind_roots, look_behind, shown_result
from core.scoring.study.judging import judge_study
from core.scoring.study.opened import open_seal, read_locked
from core.scoring.study.verify import verify_study
from core.stages import read_facts
from core.workspace import Workspace, create_workspace, open_workspace
from tests.core.scoring.study.conftest import Lock, rate_all
from tests.support.filled_workspace import add_decision, add_run
from tests.support.studies import NOW
from tui.commands.verdict import newest_verdict, print_verdict
from tui.plain import status_lines, watch
from tui.verdict_look import read_items

RESULT = {
    "decision": "keep_rating",
    "sentence": "Fine-tune beats base by 20 points.",
    "basis": "automatic",
    "run": "r",
    "score_job": "s",
    "root": "root",
    "contenders": {"base": {}, "tuned": {}},
    "comparisons": [{"against": "base", "wins": 3}],
}
WHY = "the server was down and had to be looked at"


def scored(folder: StudyFolder, result: dict[str, object]) -> Workspace:
    workspace = open_workspace(folder.path.parents[1])
    with connect(workspace.database) as connection:
        row = ("s", NOW.isoformat(), "r", json.dumps(result))
        connection.execute("INSERT INTO verdicts VALUES (?, ?, ?, ?)", row)
    return workspace


def test_the_automatic_verdict_and_the_answers_are_hidden_everywhere(
    lock: Lock, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = lock(6)
    workspace = scored(folder, RESULT)
    verdict = newest_verdict(workspace)
    assert (verdict.hidden_by, verdict.result["decision"]) == (folder.id, HIDDEN)
    assert (verdict.score_job, verdict.result["root"]) == ("s", "root")
    print_verdict(verdict)
    told = capsys.readouterr().out + json.dumps(dict(verdict.result)) + str(read_facts(workspace))
    assert folder.id in told
    assert "base" not in told
    assert "beats" not in told
    assert read_items(workspace, verdict) == ()


def test_a_look_brings_it_back_and_stands_in_the_verdict(lock: Lock) -> None:
    folder = lock(8, raters_per_item=2, holdout="root")
    workspace = scored(folder, RESULT)
    with pytest.raises(UsageError, match="has 4 characters"):
        look_behind(folder, by="me", why="just", now=NOW)
    assert newest_verdict(workspace).hidden_by
    look_behind(folder, by="m\x1be", why=f" {WHY} ", now=NOW)
    assert dict(newest_verdict(workspace).result) == RESULT
    found = verify_study(folder)
    assert found.as_json()["looks"] == [{"at": NOW.isoformat(), "by": "m\x1be", "why": WHY}]
    line = (
        f"m␛e saw the automatic verdict and the answers by contender at {NOW.isoformat()}, while "
        f"people rated: {WHY}"
    )
    assert line in list(found.lines())
    for rater in ("ada", "ben"):
        rate_all(folder, rater, lambda task, place: 3)
    judged = judge_study(workspace, folder, early=False, by="me", now=NOW)
    assert judged.verdict.warnings[-1] == line
    with pytest.raises(UsageError, match="is open"):
        look_behind(folder, by="me", why=WHY, now=NOW)


def test_an_open_seal_hides_nothing(lock: Lock) -> None:
    folder = lock(3)
    workspace = scored(folder, RESULT)
    assert blind_roots(workspace) == {"root": folder.id}
    open_seal(folder, read_locked(folder), by="me", now=NOW)
    assert blind_roots(workspace) == {}


@pytest.mark.parametrize("change", [{"root": "other"}, {"root": ""}, {"basis": "ratings"}])
def test_only_automatic_verdicts_of_the_same_holdout_are_hidden(change: dict[str, str]) -> None:
    result = RESULT | change
    assert shown_result(result, {"root": "study"}) is result


def test_a_study_without_a_holdout_or_with_a_damaged_plan_hides_nothing(lock: Lock) -> None:
    folder = lock(3, holdout="")
    workspace = open_workspace(folder.path.parents[1])
    assert blind_roots(workspace) == {}
    folder.plan.write_bytes(b"{")
    assert blind_roots(workspace) == {}


def test_a_decision_is_not_held_against_what_is_hidden(lock: Lock) -> None:
    folder = lock(3)
    workspace = scored(folder, RESULT)
    add_decision(workspace, ("words",))
    assert read_standing(workspace, today=NOW.date()).scored == ()
    look_behind(folder, by="me", why=WHY, now=NOW)
    assert len(read_standing(workspace, today=NOW.date()).scored) == 1


def test_the_log_of_a_score_tells_its_verdict_to_nobody(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    ended = RunFinished(reason="Fine-tune beats zuctenq.", seconds=1.0)
    folder = add_run(workspace, "score tickets", kind="score", end=ended)
    assert b"zuctenq" in folder.events.read_bytes()
    (job,) = list_jobs(workspace)
    status = read_status(folder)
    out = StringIO()
    assert watch(Viewer(folder), out) == "finished"
    told = [
        repr(job),
        repr(status),
        json.dumps(status.as_json(now=NOW)),
        *status_lines(status, now=NOW),
        out.getvalue(),
        str(read_facts(workspace)),
    ]
    assert all("zuctenq" not in one for one in told)
    assert status.as_json()["reason"] == SCORED
    assert f"finished: {SCORED}" in out.getvalue()
