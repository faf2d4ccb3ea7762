"""Answers are read from a file, and decisions are kept."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.decide.advise import advise
from core.decide.answers import Answers, read_answers
from core.decide.record import read_decisions, save_decision
from core.errors import DecisionError


def test_omitted_answers_are_unknown(tmp_path: Path) -> None:
    file = tmp_path / "answers.toml"
    file.write_text('strong_prompt_tried = "yes"\nlabelled_examples = 320\n')
    answers = read_answers(file)
    assert answers == Answers(strong_prompt_tried="yes", labelled_examples=320)
    assert answers.regulated == "unknown"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('regulated = "perhaps"', ("regulated", "perhaps", "'yes'")),
        ("colour = 1", ("colour", "is not a field", "has_gpu")),
        ("labelled_examples = -1", ("labelled_examples", "-1", "at least 0")),
        ("labelled_examples = true", ("labelled_examples", "True", "whole number")),
        ("latency_ms = nan", ("latency_ms", "nan", "more than 0")),
        ("labelled_examples = ", ("answers.toml", "TOML")),
    ],
)
def test_a_wrong_answer_names_file_field_and_fix(
    tmp_path: Path, content: str, words: tuple[str, ...]
) -> None:
    file = tmp_path / "answers.toml"
    file.write_text(content)
    with pytest.raises(DecisionError) as raised:
        read_answers(file)
    assert all(word in str(raised.value) for word in words), str(raised.value)


def test_every_wrong_answer_is_named_with_its_allowed_values(tmp_path: Path) -> None:
    file = tmp_path / "answers.toml"
    file.write_text('regulated = "perhaps"\nlabelled_examples = "many"\ncolour = 1\nraters = -2\n')
    with pytest.raises(DecisionError) as raised:
        read_answers(file)
    error = raised.value
    assert "labelled_examples is 'many'; regulated is 'perhaps'; raters is -2" in error.what
    assert "colour is not a field" in error.what
    assert "4 answers do not fit" in error.why
    assert "regulated may be 'yes' | 'no' | 'unknown'." in error.remedy
    assert "labelled_examples may be whole number, at least 0." in error.remedy
    assert "raters may be whole number, at least 0." in error.remedy


def test_a_number_may_be_unknown_in_words_too(tmp_path: Path) -> None:
    file = tmp_path / "answers.toml"
    file.write_text('labelled_examples = "unknown"\n')
    assert read_answers(file) == Answers()


def test_a_missing_file_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(DecisionError, match="no file"):
        read_answers(tmp_path / "nowhere.toml")


def test_decisions_come_back_newest_first(tmp_path: Path) -> None:
    database = tmp_path / "workspace.db"
    assert read_decisions(database) == []
    for number, tried in enumerate(("no", "yes")):
        answers = Answers(strong_prompt_tried=tried)  # type: ignore[arg-type]
        save_decision(
            database,
            id=f"d{number}",
            name="tickets",
            answers=answers,
            recommendation=advise(answers),
            now=datetime(2026, 1, 1 + number, tzinfo=UTC),
        )
    newest, oldest = read_decisions(database)
    assert (newest.id, oldest.id) == ("d1", "d0")
    assert oldest.answers["strong_prompt_tried"] == "no"
    assert oldest.result["recommendation"] == "prompting"
