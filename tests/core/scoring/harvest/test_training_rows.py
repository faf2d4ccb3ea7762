"""Pairs and corrections of a study: who agrees, what is left out, and the guarded holdout."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.data.sources import read_rows
from core.data.split import split_file
from core.errors import DataError, UsageError
from core.scoring.answered_items import AnsweredItem
from core.scoring.harvest.training_rows import ExportedRows, RowKind, export_rows
from core.scoring.study.folder import StudyFolder
from core.scoring.study.lock import lock_study
from core.scoring.study.opened import read_sealed
from core.scoring.study.plan import make_plan
from core.workspace import Workspace
from tests.core.scoring.harvest.conftest import Said, speak
from tests.support.split_draft import line
from tests.support.studies import NOW

REASON = "this holdout is retired after the release"


def item(number: int, good: str, bad: str, prompt: str | None = None) -> AnsweredItem:
    return AnsweredItem(
        id=f"i{number}",
        prompt=(("system", "Be brief."), ("user", prompt or f"question {number}")),
        reference=None,
        answers={"tuned": good, "base": bad},
    )


def lock(
    workspace: Workspace, items: Iterable[AnsweredItem], *, holdout: str = "", **plan: object
) -> StudyFolder:
    values = {"name": "t", "traps": 0, "repeats": 0.0, "raters_per_item": 2} | plan
    return lock_study(workspace, make_plan(values, where=""), list(items), holdout=holdout, now=NOW)


def take(
    workspace: Workspace,
    folder: StudyFolder,
    path: Path,
    kind: RowKind = "pairs",
    reason: str | None = None,
) -> ExportedRows:
    return export_rows(workspace, folder, path, kind=kind, by="ada", now=NOW, reason=reason)


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(one) for one in path.read_text().splitlines()]


def rate(folder: StudyFolder, *said: Said) -> None:
    for name, one in zip(("ada", "ben", "cyd"), said, strict=False):
        speak(folder, name, one)


TWO = (item(1, "good 1", "bad 1"), item(2, "good 2", "bad 2"))


def scores(**said: int) -> dict[tuple[str, str], object]:
    return {(name.replace("_", " "), "rate"): score for name, score in said.items()}


def test_pairs_are_read_by_our_own_reader_as_preferences(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = lock(workspace, TWO)
    rate(folder, scores(good_1=5, bad_1=1), scores(good_1=5, bad_1=3))
    done = take(workspace, folder, path := tmp_path / "pairs.jsonl")
    assert (done.rows, done.left_out) == (1, {"less than 1 point apart and no unanimous pick": 1})
    assert "tuned" not in path.read_text()
    (row,) = read_rows(path)
    assert row.faults == ()
    assert row.example is not None
    assert [(one.role, one.text) for one in row.example.prompt] == [
        ("system", "Be brief."),
        ("user", "question 1"),
    ]
    assert row.example.reference == "good 1"
    assert [one.text for one in row.example.rejected] == ["bad 1"]


@pytest.mark.parametrize(
    ("first", "second", "chosen", "why"),
    [
        (scores(good_1=5, bad_1=3), scores(good_1=5, bad_1=5), "good 1", ""),
        (scores(good_1=5, bad_1=3), scores(good_1=3, bad_1=5), "", "raters disagree"),
        (scores(good_1=3, bad_1=1), scores(good_1=1, bad_1=1), "", "neither answer is usable"),
        (
            {("good 1", "pick"): True},
            {("good 1", "pick"): True},
            "good 1",
            "",
        ),
        (
            {("good 1", "pick"): True},
            {("bad 1", "pick"): True},
            "",
            "raters disagree",
        ),
        (
            {("good 1", "pick"): True},
            {},
            "",
            "less than 1 point apart and no unanimous pick",
        ),
        (
            scores(good_1=5, bad_1=1) | {("good 1", "pick"): True},
            scores(good_1=5, bad_1=1) | {("bad 1", "pick"): True},
            "",
            "raters disagree",
        ),
    ],
)
def test_a_pair_needs_raters_who_agree(
    workspace: Workspace, tmp_path: Path, first: Said, second: Said, chosen: str, why: str
) -> None:
    both = scores(good_2=5, bad_2=1)
    folder = lock(workspace, TWO)
    rate(folder, {**both, **first}, {**both, **second})
    done = take(workspace, folder, path := tmp_path / "pairs.jsonl")
    found = {row["chosen"][0]["content"] for row in rows(path)}
    assert found == {"good 2"} | ({chosen} if chosen else set())
    assert done.left_out == ({why: 1} if why else {})


def test_an_answer_that_one_rater_called_unsafe_is_never_chosen(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = lock(workspace, TWO, rubric="1-5", raters_per_item=3)
    both = scores(good_1=5, bad_1=1, good_2=5, bad_2=1)
    rate(folder, both, both, both | {("good 1", "flag"): "dangerous"})
    done = take(workspace, folder, path := tmp_path / "pairs.jsonl")
    assert [row["chosen"][0]["content"] for row in rows(path)] == ["good 2"]
    assert done.left_out == {"the better answer was called unsafe": 1}


def test_one_rater_alone_agrees_with_nobody(workspace: Workspace, tmp_path: Path) -> None:
    folder = lock(workspace, TWO, raters_per_item=1)
    rate(folder, scores(good_1=5, bad_1=1))
    with pytest.raises(DataError, match="no pairs to write") as refused:
        take(workspace, folder, tmp_path / "pairs.jsonl")
    assert "2 left out: rated by fewer than 2 people" in refused.value.why


def test_planted_answers_make_neither_pairs_nor_corrections(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = lock(workspace, TWO, traps=2)
    said = scores(good_1=5, bad_1=1, good_2=5, bad_2=1)
    corrected = {("bad 1", "edit"): "better 1", ("bad 2", "edit"): "better 2"}
    rate(folder, said | corrected, said)
    pairs = take(workspace, folder, tmp_path / "pairs.jsonl")
    corrections = take(workspace, folder, tmp_path / "rows.jsonl", "corrections")
    assert (pairs.rows, pairs.left_out) == (2, {"planted or old answers": 2})
    assert (corrections.rows, corrections.left_out) == (2, {"planted or old answers": 2})


def test_corrections_are_chat_rows_one_an_item(workspace: Workspace, tmp_path: Path) -> None:
    folder = lock(workspace, TWO)
    rate(
        folder,
        scores(good_1=5) | {("good 1", "edit"): "best 1", ("bad 2", "edit"): "  "},
        scores(good_1=5) | {("bad 1", "edit"): "fair 1", ("good 2", "edit"): "good 2"},
    )
    done = take(workspace, folder, path := tmp_path / "rows.jsonl", "corrections")
    assert done.left_out == {
        "nothing was written": 1,
        "the answer was left as it was": 1,
        "another correction of the same question was taken": 1,
    }
    (row,) = read_rows(path)
    assert row.faults == ()
    assert row.example is not None
    assert row.example.reference == "best 1"
    assert row.example.messages[0].text == "Be brief."


def test_a_study_of_holdout_rows_gives_no_row_without_a_reason(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = lock(workspace, TWO, holdout="root")
    rate(folder, {("bad 1", "edit"): "better"}, {})
    with pytest.raises(DataError, match="no corrections to write") as refused:
        take(workspace, folder, tmp_path / "rows.jsonl", "corrections")
    assert refused.value.why == "1 left out: touches the holdout."
    assert "--allow-holdout" in refused.value.remedy
    assert not (tmp_path / "rows.jsonl").exists()
    assert not folder.revealed.exists()
    assert not folder.exports.exists()


def test_a_reason_lets_holdout_rows_out_and_is_kept(workspace: Workspace, tmp_path: Path) -> None:
    folder = lock(workspace, TWO, holdout="root")
    rate(folder, scores(good_1=5, bad_1=1) | {("bad 1", "edit"): "better"}, scores(good_1=5))
    done = take(workspace, folder, tmp_path / "rows.jsonl", "corrections", REASON)
    assert (done.rows, done.touching) == (1, 1)
    assert any("can't be scored" in one for one in done.lines())
    take(workspace, folder, tmp_path / "pairs.jsonl", "pairs", REASON)
    kept = rows(folder.exports)
    assert [(one["as"], one["touching"], one["reason"], one["by"]) for one in kept] == [
        ("corrections", 1, REASON, "ada"),
        ("pairs", 1, REASON, "ada"),
    ]
    assert folder.revealed.exists()


@pytest.mark.parametrize("reason", ["", "  because   ", "x" * 301])
def test_a_reason_that_says_nothing_is_none(
    workspace: Workspace, tmp_path: Path, reason: str
) -> None:
    folder = lock(workspace, TWO, holdout="root")
    with pytest.raises(UsageError, match="characters"):
        take(workspace, folder, tmp_path / "rows.jsonl", "corrections", reason)


def test_answers_from_a_file_are_checked_against_every_holdout_of_the_workspace(
    workspace: Workspace, tmp_path: Path
) -> None:
    source = tmp_path / "source.jsonl"
    asked = [" ".join(f"w{n}x{at}" for at in range(20)) for n in range(40)]
    source.write_text("".join(f"{line(one, f'answer {one}')}\n" for one in asked))
    split = split_file(workspace, source, name="d", now=datetime(2026, 1, 1, tzinfo=UTC))
    (held,) = [row.example for row in read_rows(split.folder.holdout)][:1]
    assert held is not None
    question = held.prompt[-1].text
    folder = lock(workspace, [item(1, "good 1", "bad 1", question), TWO[1]])
    rate(folder, {("bad 1", "edit"): "leaks", ("bad 2", "edit"): "fine"}, {})
    done = take(workspace, folder, path := tmp_path / "rows.jsonl", "corrections")
    assert [row["messages"][-1]["content"] for row in rows(path)] == ["fine"]
    assert done.left_out == {"touches the holdout": 1}
    again = take(workspace, folder, tmp_path / "all.jsonl", "corrections", REASON)
    assert (again.rows, again.touching) == (2, 1)


def test_earlier_answers_of_a_conversation_carry_no_loss(
    workspace: Workspace, tmp_path: Path
) -> None:
    talk = AnsweredItem(
        id="talk",
        prompt=(("user", "hello"), ("assistant", "what?"), ("user", "help")),
        reference=None,
        answers={"tuned": "good 3", "base": "bad 3"},
    )
    folder = lock(workspace, [talk, TWO[0]])
    rate(folder, {("bad 3", "edit"): "here"}, {})
    take(workspace, folder, path := tmp_path / "rows.jsonl", "corrections")
    (row,) = read_rows(path)
    assert row.example is not None
    assert [one.text for one in row.example.messages if one.trains] == ["here"]


def test_a_prompt_that_is_no_row_is_counted(workspace: Workspace, tmp_path: Path) -> None:
    call = AnsweredItem(
        id="call",
        prompt=(("user", "look"), ("tool", "found")),
        reference=None,
        answers={"tuned": "good 3", "base": "bad 3"},
    )
    folder = lock(workspace, [call, TWO[0]])
    rate(folder, {("bad 3", "edit"): "here", ("bad 1", "edit"): "fine"}, {})
    done = take(workspace, folder, tmp_path / "rows.jsonl", "corrections")
    assert (done.rows, done.left_out) == (1, {"the prompt can't be written as a row": 1})


def test_nothing_is_made_of_a_study_that_was_changed(workspace: Workspace, tmp_path: Path) -> None:
    folder = lock(workspace, TWO)
    rate(folder, scores(good_1=5, bad_1=1), scores(good_1=5, bad_1=1))
    log = folder.log("ben")
    log.write_bytes(log.read_bytes().replace(b'"value":5', b'"value":1', 1))
    with pytest.raises(DataError, match="can't be trusted"):
        take(workspace, folder, tmp_path / "pairs.jsonl")


def test_an_exchanged_trap_is_noticed(workspace: Workspace, tmp_path: Path) -> None:
    folder = lock(workspace, TWO, traps=1)
    rate(folder, scores(good_1=5, bad_1=1), scores(good_1=5, bad_1=1))
    sealed = json.loads(folder.sealed.read_bytes())
    sealed["traps"] = {}
    folder.sealed.write_text(json.dumps(sealed))
    assert read_sealed(folder).traps == {}
    with pytest.raises(DataError, match="Whose answer is whose was changed"):
        take(workspace, folder, tmp_path / "pairs.jsonl")


def test_no_file_is_written_over(workspace: Workspace, tmp_path: Path) -> None:
    folder = lock(workspace, TWO)
    path = tmp_path / "mine.jsonl"
    path.write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        take(workspace, folder, path)
    assert path.read_text() == "mine"
