"""Simulated raters rate real answers through the code of people, and are never taken for people."""

import json
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.database import connect_to_read
from core.decide.standing import _verdicts
from core.errors import DataError, JobError, UsageError
from core.jobs.context import Finished, JobContext, Stopped
from core.scoring.harvest.training_rows import export_rows
from core.scoring.rated.rating import Rating
from core.scoring.rated.ratings_file import read_ratings
from core.scoring.rated.report import as_html, as_markdown
from core.scoring.rated.simulated import (
    count_simulated,
    is_simulated,
    labelled,
    refuse_simulated,
    simulated_rater,
)
from core.scoring.rated.table import make_table
from core.scoring.rated.terms import Terms
from core.scoring.rated.verdict import judge
from core.scoring.simulation import rating_job
from core.scoring.simulation.by_reference import likeness, score
from core.scoring.simulation.rehearsal import WRITTEN_BY, rate_study
from core.scoring.study.export import export_ratings
from core.scoring.study.folder import newest_study, study_folders
from core.scoring.study.judging import judged_again
from core.scoring.study.listing import study_row
from core.scoring.study.opened import read_locked, read_logs
from core.scoring.study.rating_log import read_log
from core.scoring.study.verify import verify_study
from core.stages import read_facts
from core.workspace import Workspace, create_workspace
from tests.support.path_job import NOW, open_job
from tests.support.studies import answered, locked
from tui.kept_ratings import kept_lines

ITEMS = 12


def says(number: int, name: str) -> str:
    """Return an answer: the tuned one is its reference, the others share nothing with it."""
    return f"reference {number}" if name == "tuned" else f"{name} knows nothing of that"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace in which a score job has answers."""
    workspace = create_workspace(tmp_path / "ws")
    monkeypatch.setattr(rating_job, "_answered", lambda *_: (answered(ITEMS, says), ""))
    return workspace


def rate(workspace: Workspace, attempt: int = 1) -> JobContext:
    return open_job(workspace, "simulated_rating", {"score": "s"}, id="raters", attempt=attempt)


def test_the_job_ends_in_a_verdict_that_says_first_that_nobody_rated(workspace: Workspace) -> None:
    outcome = rating_job.run(rate(workspace))
    assert isinstance(outcome, Finished)
    assert outcome.reason.startswith("Simulated raters, no people: Fine-tune beats all 3")
    folder = newest_study(workspace)
    assert "simulated-raters" in folder.id
    judged = judged_again(workspace, folder)
    assert judged.verdict.decision == "ship"
    assert judged.verdict.simulated == 3
    for report in (as_markdown, as_html):
        text = report(judged.verdict, judged.table)
        assert "Ship (simulated raters)" in text
        assert "3 simulated raters, no people" in text
    row = study_row(folder)
    assert (row.state, row.simulated) == ("opened", 3)
    assert set(row.raters) == {simulated_rater(n) for n in (1, 2, 3)}
    facts = read_facts(workspace)
    assert facts.verdict
    assert facts.verdict.startswith("Simulated raters, no people")
    assert facts.verdict_run is None


def test_the_kept_verdict_is_labelled_and_counts_for_no_decision(workspace: Workspace) -> None:
    rating_job.run(rate(workspace))
    with connect_to_read(workspace.database) as connection:
        assert connection
        ((kept,),) = connection.execute("SELECT result FROM verdicts").fetchall()
    lines = list(kept_lines(json.loads(kept)))
    assert lines[0].startswith("Simulated raters, no people")
    assert f"rated: {ITEMS} items by 3 simulated raters, no people" in lines
    assert _verdicts(workspace) == []


def test_their_logs_are_those_of_people_and_hold(workspace: Workspace) -> None:
    rating_job.run(rate(workspace))
    folder = newest_study(workspace)
    found = verify_study(folder)
    assert found.problems == ()
    assert found.missing == 0
    lock = read_locked(folder)
    finished = sum(
        standing.finished((item.id, 0))
        for item in lock.sheet.items
        for standing in read_logs(folder, lock).standings.values()
    )
    assert finished == 2 * len(lock.sheet.items)  # leases let no third one in
    for rater in folder.raters():
        events = read_log(folder.log(rater), seal=lock.seal).events
        assert {one.app_version for one in events} == {WRITTEN_BY}
        assert {one.kind for one in events} == {"rate", "commit"}


def test_nothing_to_train_on_is_made_of_them(workspace: Workspace, tmp_path: Path) -> None:
    rating_job.run(rate(workspace))
    with pytest.raises(DataError, match="simulated raters"):
        export_rows(
            workspace, newest_study(workspace), tmp_path / "p.jsonl", kind="pairs", by="x", now=NOW
        )
    assert not (tmp_path / "p.jsonl").exists()


def test_the_label_travels_with_a_csv(workspace: Workspace, tmp_path: Path) -> None:
    rating_job.run(rate(workspace))
    path = tmp_path / "ratings.csv"
    export_ratings(newest_study(workspace), path, by="x", now=NOW)
    again = judge(make_table(read_ratings(path).ratings), Terms(tuned="tuned"))
    assert again.sentence.startswith("Simulated raters, no people: ")


def test_a_stopped_job_goes_on_with_the_same_study(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    class StopsSoon(JobContext):
        left = 3

        def stop_requested(self) -> bool:
            self.left -= 1
            return self.left < 0

    first = rate(workspace)
    first.__class__ = StopsSoon
    assert isinstance(rating_job.run(first), Stopped)
    assert 0 < study_row(newest_study(workspace)).rated < ITEMS
    assert isinstance(rating_job.run(rate(workspace, attempt=2)), Finished)
    assert len(study_folders(workspace)) == 1
    assert verify_study(newest_study(workspace)).problems == ()


def test_a_score_job_without_a_verdict_has_nothing_to_rate(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "ws")
    with pytest.raises(JobError, match="no answers to rate"):
        rating_job.run(rate(workspace))


def test_a_program_never_rates_as_a_person_nor_a_person_as_a_program(tmp_path: Path) -> None:
    folder = locked(tmp_path, raters=["ada"])
    with pytest.raises(ValueError, match="person's name"):
        next(rate_study(folder, ["ada"], seed=0, stop=lambda: False))
    with pytest.raises(UsageError, match="belong to simulated raters"):
        refuse_simulated(simulated_rater(1))
    refuse_simulated("ada")


def test_one_simulated_rater_among_people_is_said() -> None:
    ratings = [
        Rating(item=f"i{n}", contender=who, rater=rater, score=score, unsafe=False)
        for n in range(8)
        for rater in ("ada", simulated_rater(1))
        for who, score in (("tuned", 5), ("base", 1))
    ]
    table = make_table(ratings)
    mixed = judge(table, Terms(tuned="tuned"))
    assert mixed.sentence.startswith("Partly simulated raters: ")
    assert mixed.simulated == 1
    people = make_table(replace(one, rater=one.rater.replace("simulated-", "b")) for one in ratings)
    assert "imulated" not in judge(people, Terms(tuned="tuned")).sentence


def test_a_label_says_nothing_of_people() -> None:
    assert labelled("Fine.", ["ada", "ben"]) == "Fine."
    assert count_simulated(["ada", simulated_rater(7)]) == 1
    assert is_simulated(simulated_rater(7))


@pytest.mark.parametrize(
    ("answer", "reference", "quality"),
    [
        ("the cat", "The cat.", 1.0),
        ("the dog", "the cat", 0.5),
        ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}', 1.0),
        ('{"a": 1, "b": 3}', '{"a": 1, "b": 2}', 0.5),
        ('{"a": 1, "c": 3}', '{"a": 1, "b": 2}', 1 / 3),
        ("a is 1", '{"a": 1}', 0.0),
        ("", "", 1.0),
    ],
)
def test_quality_is_what_an_answer_shares_with_its_reference(
    answer: str, reference: str, quality: float
) -> None:
    assert likeness(answer, reference) == pytest.approx(quality)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40), st.integers(0, 9))
def test_every_score_is_one_of_the_rubric_and_can_be_drawn_again(
    answer: str, reference: str, seed: int
) -> None:
    first, again = (score(answer, reference, dice=Random(seed)) for _ in range(2))
    assert first == again
    assert first in {1, 3, 5}
