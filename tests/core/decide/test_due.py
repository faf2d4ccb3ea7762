"""Reminders come when their time has come, and not before."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.catalog.tuning_offers import Service
from core.database import connect
from core.decide.due import Held, due_reminders
from core.decide.record import Decision
from core.decide.standing import read_standing
from core.events.schema import RunFinished
from core.workspace import Workspace, create_workspace
from tests.support.decisions import record
from tests.support.filled_workspace import FINISHED, START, add_run
from tests.support.path_job import open_job

TODAY = date(2026, 11, 21)
CLOSING = Service(
    name="S",
    takes_new_customers="yes",
    last_job=date(2026, 12, 1),
    tunes_end=date(2027, 6, 1),
    note="n",
    as_of="2026-11",
    read=TODAY,
    sources=("s",),
)
TUNED = Held(data=(("2026-11-01T10:00:00", "tickets"),), trained_at="2026-11-02T10:00:00")


def due(
    held: Held = TUNED,
    *,
    today: date = TODAY,
    decided: str = "2026-11-01",
    result: Any = None,
    **answers: Any,
) -> str:
    decision = Decision(
        id="d",
        created_at=f"{decided}T00:00:00+00:00",
        name="n",
        answers=answers,
        result=result or {},
    )
    return "\n".join(due_reminders(decision, held, [CLOSING], today=today))


def test_nothing_is_due_on_a_fresh_decision() -> None:
    assert due() == ""
    assert due(Held()) == ""


def test_data_that_came_in_after_the_training_asks_for_another() -> None:
    later = Held(data=(("2026-11-03T10:00:00", "tickets [b]"),), trained_at=TUNED.trained_at)
    assert "tickets [b] came in on 2026-11-03" in due(later)
    assert due(Held(data=later.data)) == "", "nothing was trained yet"
    assert "came in with 1,200 more rows on 2026-11-03" in due(replace(later, new_rows=1200))
    assert "came in on 2026-11-03" in due(replace(later, new_rows=-3))


def test_a_server_that_nobody_asked_for_a_month_is_due() -> None:
    assert due(Held(asked=(("vendor", "2026-10-22T10:00:00"),))) == ""
    told = due(Held(asked=(("vendor [b]", "2026-10-21T10:00:00"), ("fresh", "2026-11-20"))))
    assert told == (
        "vendor [b] last answered the holdout 31 days ago: `tuningfork recheck` asks whether it "
        "still holds."
    )


def test_when_a_server_was_last_asked_is_read_from_the_jobs(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "ws")
    record(workspace, 1, name="n", result={})
    server = {"vendor": {"base_url": "http://127.0.0.1:1/v1", "model": "m"}}
    job = open_job(workspace, "score", {"run": "r", "invited": {"endpoints": server}}, id="s")
    assert read_standing(workspace, today=date(2026, 3, 1)).due == (), "it never answered"
    job.emit(RunFinished(reason="done", seconds=1.0))
    assert any(
        "vendor last answered" in one
        for one in read_standing(workspace, today=date(2026, 3, 1)).due
    )
    job = open_job(workspace, "recheck", {"endpoints": server}, id="t")
    job.emit(RunFinished(reason="done", seconds=1.0))
    assert any("59 days ago" in one for one in read_standing(workspace, today=date(2026, 3, 1)).due)


@pytest.mark.parametrize(
    ("pace", "age", "told"),
    [
        ("daily", 1, False),
        ("daily", 2, True),
        ("weekly", 7, False),
        ("weekly", 8, True),
        ("monthly", 31, False),
        ("monthly", 32, True),
        ("yearly", 366, False),
        ("yearly", 367, True),
        ("never", 900, False),
        ("unknown", 900, False),
    ],
)
def test_facts_are_brought_up_to_date_at_their_pace(pace: str, age: int, told: bool) -> None:
    came = (TODAY - timedelta(days=age)).isoformat()
    found = due(Held(data=((came, "d"),)), knowledge_changes=pace)
    assert (f"Facts change {pace}" in found) is told


@pytest.mark.parametrize(
    ("today", "words"),
    [
        ("2026-09-15", ""),
        ("2026-10-15", "S takes its last training job on 2026-12-01"),
        ("2026-12-01", "S takes its last training job on 2026-12-01"),
        ("2026-12-02", "S takes no new customers any more"),
    ],
)
def test_a_service_that_was_open_and_closes_is_named(today: str, words: str) -> None:
    on, hosted = date.fromisoformat(today), {"method": "hosted", "open_services": ["S"]}
    found = due(today=on, decided="2026-09-10", result={"method": hosted})
    assert found.startswith(words)
    assert bool(found) == bool(words)
    local = {**hosted, "method": "lora"}
    assert due(today=on, decided="2026-09-10", result={"method": local}) == ""
    closed = {**hosted, "open_services": []}
    assert due(today=on, decided="2026-09-10", result={"method": closed}) == ""
    gone = {**hosted, "open_services": ["another"]}
    assert "another takes no new customers" in due(result={"method": gone})


def test_an_old_decision_is_checked_again() -> None:
    assert "112 days ago" in due(decided="2026-08-01")
    assert due(decided="2026-08-23") == ""


def test_regulated_answers_keep_their_review_once_there_is_something_to_use() -> None:
    assert "person's review" in due(regulated="yes")
    assert "person's review" in due(Held(measured=True), regulated="yes")
    assert due(Held(), regulated="yes") == ""
    assert due(regulated="no") == ""


@pytest.mark.parametrize(
    "broken",
    [
        [],
        3,
        {"method": 3},
        {"method": {"method": []}},
        {"method": {"method": "hosted", "open_services": 3}},
    ],
)
def test_decisions_of_another_shape_are_due_for_nothing(broken: Any) -> None:
    assert due(result=broken) == ""


def filled(root: Path, *verdicts: tuple[int, float]) -> Workspace:
    workspace = create_workspace(root, name="tickets")
    for number, advised in enumerate(("few_shot", "fine_tune")):
        result = {"recommendation": advised, "expected_gain": [0.1, 0.2]}
        record(workspace, 2 * number, name=advised, result=result, answers={"regulated": "yes"})
    with connect(workspace.database) as connection:
        for number, (day, low) in enumerate(verdicts):
            comparison = (
                f'{{"against": "few_shot", "mean_difference": {low + 0.1}, "low": {low},'
                f' "high": {low + 0.2}, "p": 0.01}}'
            )
            at = (START + timedelta(days=day)).isoformat()
            row = (f"v{number}", at, "run", f'{{"comparisons": [{comparison}], "run": "r1"}}')
            connection.execute("INSERT INTO verdicts VALUES (?, ?, ?, ?)", row)
    return workspace


def test_the_verdicts_of_a_workspace_are_held_against_its_decisions(tmp_path: Path) -> None:
    workspace = filled(tmp_path / "w", (1, 0.2), (3, 0.1), (4, -0.3))
    standing = read_standing(workspace, today=START.date())
    assert [(one.decision, one.outcome, one.run) for one in standing.scored] == [
        ("d2", "wrong", "r1"),
        ("d2", "right", "r1"),
        ("d0", "wrong", "r1"),
    ]
    newest = standing.score_of("d2")
    assert newest is not None
    assert newest.sentence == (
        "Wrong: tuned against few-shot: -20 points (-30 to -10), "
        "not what was expected (+10 to +20)."
    )
    assert "person's review" in standing.due[0]
    assert standing.score_of("d9") is None


def test_an_empty_workspace_stands_nowhere(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w", name="tickets")
    standing = read_standing(workspace, today=START.date())
    assert (standing.decisions, standing.scored, standing.due) == ((), (), ())


def test_training_and_new_data_of_a_workspace_are_seen(tmp_path: Path) -> None:
    workspace = filled(tmp_path / "w")
    add_run(workspace, "first", end=FINISHED, kind="train")
    with connect(workspace.database) as connection:
        for number, (day, sha) in enumerate(((-2, "a"), (3, "a"), (5, "b"))):
            at = (datetime(2026, 3, 2, tzinfo=UTC) + timedelta(days=day)).isoformat()
            row = (f"s{number}", at, "tickets", "t.jsonl", sha, "{}")
            connection.execute("INSERT INTO datasets VALUES (?, ?, ?, ?, ?, ?)", row)
    due_now = read_standing(workspace, today=START.date()).due
    assert any("came in on 2026-03-07" in words for words in due_now), due_now
    with connect(workspace.database) as connection:
        connection.execute("DELETE FROM datasets WHERE sha256 = 'b'")
    assert not any("came in" in one for one in read_standing(workspace, today=START.date()).due)
