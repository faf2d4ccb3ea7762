"""The answers of a decision under way survive everything but their own removal."""

import json
import multiprocessing
import os
import signal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.decide.answers import Answers
from core.decide.draft import Draft, draft_of, read_draft, remove_draft, write_draft
from core.decide.questions import QUESTIONS
from core.errors import DecisionError, StorageError

NUMBERS = {"requests_per_day", "labelled_examples", "latency_ms", "monthly_budget"}


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    draft = Draft(at=draw(st.sampled_from([one.id for one in QUESTIONS])))
    for question in QUESTIONS:
        words = st.sampled_from(question.allowed) if question.allowed else st.integers(1, 10**9)
        if draw(st.booleans()):
            draft = draft.with_answer(question.id, draw(st.none() | words))
    return draft


@given(drafts())
def test_a_draft_reads_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, draft: Draft
) -> None:
    path = tmp_path_factory.mktemp("d") / "decisions" / "draft.json"
    write_draft(path, draft)
    assert read_draft(path) == draft


@given(drafts())
def test_a_changed_answer_leaves_the_others(draft: Draft) -> None:
    changed = draft.with_answer("regulated", "yes")
    others = {id: value for id, value in draft.given.items() if id != "regulated"}
    assert changed.without("regulated").given == others
    assert changed.answers.regulated == "yes"


@given(drafts())
def test_the_answers_are_those_of_a_file_with_the_same_lines(draft: Draft) -> None:
    known = {id: value for id, value in draft.given.items() if value is not None}
    assert draft.answers == Answers.model_validate(known)
    again = draft_of(draft.answers.model_dump(), at=draft.at)
    assert again.answers == draft.answers
    assert set(again.given) == {question.id for question in QUESTIONS}


def test_what_a_question_does_not_allow_is_refused_with_what_it_allows() -> None:
    with pytest.raises(DecisionError) as refused:
        Draft().with_answer("regulated", "perhaps")
    assert "regulated" in refused.value.what
    assert "'yes'" in refused.value.remedy
    with pytest.raises(DecisionError):
        Draft().with_answer("labelled_examples", -1)


def test_an_answer_that_is_not_allowed_any_more_is_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "draft.json"
    stored = {"regulated": "perhaps", "gone": "yes", "has_gpu": "no", "latency_ms": True}
    path.write_text(json.dumps({"at": "gone", "given": stored}))
    assert read_draft(path) == Draft(given={"has_gpu": "no"})


@pytest.mark.parametrize("content", ["", "{", "[]", '{"given": 3, "at": 1}', "\x00", "null"])
def test_a_damaged_file_is_named_and_stays(tmp_path: Path, content: str) -> None:
    path = tmp_path / "draft.json"
    path.write_text(content)
    with pytest.raises(DecisionError, match="cannot be read"):
        read_draft(path)
    assert path.read_text() == content


def test_no_draft_is_no_error_and_can_be_removed_twice(tmp_path: Path) -> None:
    path = tmp_path / "decisions" / "draft.json"
    assert read_draft(path) is None
    write_draft(path, Draft(given={"has_gpu": "no"}))
    remove_draft(path)
    remove_draft(path)
    assert read_draft(path) is None


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "decisions").write_text("a file in the way")
    with pytest.raises(StorageError):
        write_draft(tmp_path / "decisions" / "draft.json", Draft())


def _write_for_ever(path: str, answered: int) -> None:
    draft = Draft()
    while True:
        for number in range(answered, 10**9):
            draft = draft.with_answer("requests_per_day", number)
            write_draft(Path(path), draft)


def test_a_kill_at_any_moment_leaves_a_whole_draft(tmp_path: Path) -> None:
    path = tmp_path / "decisions" / "draft.json"
    newest = 0.0
    for _ in range(5):
        process = multiprocessing.get_context("fork").Process(
            target=_write_for_ever, args=(str(path), int(newest) + 1)
        )
        process.start()
        while (draft := read_draft(path)) is None or draft.answers.requests_per_day == newest:
            pass
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        left = read_draft(path)
        assert left is not None
        assert left.answers.requests_per_day is not None
        assert left.answers.requests_per_day > newest
        newest = left.answers.requests_per_day
