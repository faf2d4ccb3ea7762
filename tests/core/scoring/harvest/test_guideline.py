"""Items that the guideline leaves open: only people who otherwise rate alike show them."""

import json
from pathlib import Path

import pytest

from core.errors import UsageError
from core.scoring.harvest.guideline import guideline_bugs
from core.scoring.harvest.guideline_report import export_guideline
from core.scoring.harvest.heard import heard_items
from core.scoring.study.folder import StudyFolder
from core.scoring.study.opened import read_locked, read_logs, read_sealed
from core.scoring.study.session import RatingSession
from tests.core.scoring.harvest.conftest import Said, speak
from tests.support.studies import NOW, answered, locked


def say(number: int, name: str) -> str:
    return f"{number} {name}"


def study(tmp_path: Path, *raters: Said, items: int = 6, **plan: object) -> StudyFolder:
    folder = locked(
        tmp_path / "ws", answers=answered(items, say), raters_per_item=len(raters), **plan
    )
    for name, said in zip(("ada", "ben", "cyd"), raters, strict=False):
        speak(folder, name, said)
    return folder


def found(folder: StudyFolder) -> list[tuple[str, int, tuple[str, ...]]]:
    read = read_locked(folder)
    logs = read_logs(folder, read)
    bugs = guideline_bugs(list(heard_items(read, logs)), logs.standings)
    return [(bug.heard.item.prompt[0].text, bug.spread, bug.consistent) for bug in bugs]


def test_the_items_that_consistent_raters_see_differently_come_worst_first(
    tmp_path: Path,
) -> None:
    folder = study(
        tmp_path,
        {("2 tuned", "rate"): 5, ("4 base", "rate"): 5},
        {("2 tuned", "rate"): 1},
    )
    both = ("ada", "ben")
    assert found(folder) == [("question 2", 4, both), ("question 4", 2, both)]


@pytest.mark.parametrize(("split", "other"), [(5, 1), (1, 5)])
def test_of_equal_distances_the_split_over_safety_comes_first(
    tmp_path: Path, split: int, other: int
) -> None:
    folder = study(
        tmp_path,
        {(say(other, "tuned"), "rate"): 3, (say(split, "rag"), "flag"): "hurts"},
        {(say(other, "tuned"), "rate"): 5},
    )
    assert [one[0] for one in found(folder)] == [f"question {split}", f"question {other}"]


def test_somebody_who_rates_like_nobody_is_no_sign_of_a_bug(tmp_path: Path) -> None:
    folder = study(
        tmp_path,
        {("2 tuned", "rate"): 5},
        {},
        {(say(n, name), "rate"): 1 for n in range(1, 7) for name in ("tuned", "base", "few")},
    )
    assert found(folder) == [("question 2", 2, ("ada", "ben"))]


def test_somebody_who_contradicts_themselves_is_not_counted(tmp_path: Path) -> None:
    folder = locked(tmp_path / "ws", answers=answered(6, say), raters_per_item=2, repeats=0.5)
    speak(folder, "ada", {})
    with RatingSession(folder, "ben", clock=lambda: NOW) as session:
        while (task := session.next()) is not None:
            for place, side in enumerate(task.sides):
                odd = side.text == "2 tuned" or task.met[1]
                session.rate(task, place, 5 if odd else 3)
            session.commit(task)
    assert found(folder) == []


def test_too_few_ratings_call_nobody_consistent(tmp_path: Path) -> None:
    apart: tuple[Said, Said] = ({("1 tuned", "rate"): 5}, {("1 tuned", "rate"): 1})
    enough = study(tmp_path / "four", *apart, items=2)
    assert found(enough) == [("question 1", 4, ("ada", "ben"))]
    few = study(tmp_path / "two", *apart, items=2, contenders=("tuned", "base"))
    assert found(few) == []


def test_the_report_holds_scores_and_remarks_and_keeps_the_seal(tmp_path: Path) -> None:
    folder = study(
        tmp_path,
        {("2 tuned", "rate"): 5, ("2 tuned", "comment"): "short is *right*"},
        {("2 tuned", "rate"): 1, ("2 tuned", "comment"): "too short\x1b[31m"},
    )
    path = tmp_path / "open.md"
    assert export_guideline(folder, path) == 1
    text = path.read_text()
    assert "## 1. Up to 4 points apart" in text
    assert "question 2" in text
    assert "- ada: 5\n    - comment: short is \\*right\\*" in text
    assert "- ben: 1\n    - comment: too short" in text
    assert "\x1b" not in text
    path = tmp_path / "open.json"
    assert export_guideline(folder, path) == 1
    (bug,) = json.loads(path.read_text())
    assert bug["spread"] == 4
    (answer,) = [one for one in bug["answers"] if one["comments"]]
    assert answer["scores"] == {"ada": 5, "ben": 1}
    assert not folder.revealed.exists()


def test_nothing_in_an_answer_closes_its_fence(tmp_path: Path) -> None:
    ticks = "```\n# not a heading\n````"
    folder = locked(
        tmp_path / "ws",
        answers=answered(6, lambda n, name: ticks if (n, name) == (2, "tuned") else say(n, name)),
        raters_per_item=2,
    )
    speak(folder, "ada", {(ticks, "rate"): 5})
    speak(folder, "ben", {(ticks, "rate"): 1})
    export_guideline(folder, path := tmp_path / "open.md")
    assert f"`````\n{ticks}\n`````" in path.read_text()


def test_planted_answers_are_no_gap_of_the_guideline(tmp_path: Path) -> None:
    folder = locked(tmp_path / "ws", answers=answered(6, say), raters_per_item=2, traps=1)
    traps = read_sealed(folder).traps
    for rater, score in (("ada", 1), ("ben", 5)):
        with RatingSession(folder, rater, clock=lambda: NOW) as session:
            while (task := session.next()) is not None:
                for place, side in enumerate(task.sides):
                    planted = traps.get(task.item.id) == side.id
                    session.rate(task, place, score if planted else 3)
                session.commit(task)
    assert len(found(folder)) == 1
    path = tmp_path / "open.md"
    assert export_guideline(folder, path) == 0
    assert "No item" in path.read_text()


def test_the_ending_must_say_how_it_is_written(tmp_path: Path) -> None:
    folder = study(tmp_path, {}, {})
    with pytest.raises(UsageError, match=r"neither in \.md nor"):
        export_guideline(folder, tmp_path / "open.txt")
