"""`tuningfork decide` without a screen: what it prints is what the advice says."""

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from core.decide.advise import advise
from core.decide.answers import Answers
from core.decide.questions import QUESTIONS
from core.machine import Machine
from core.workspace import create_workspace
from tests.support.any_answers import random_answers
from tui.commands import decide


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for this machine, so that the advice does not depend on it."""
    found = Machine(
        host="h",
        system="s",
        python="3",
        cores=2,
        memory_total=16 * 2**30,
        memory_available=8 * 2**30,
        disk_free=2**30,
        gpus=(),
        gpu_note="none",
    )
    monkeypatch.setattr(decide, "read_machine", lambda folder: found)


def _toml(answers: dict[str, Any]) -> str:
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in answers.items())


def _said(
    folder: Path, capsys: pytest.CaptureFixture[str], answers: dict[str, Any], **more: Any
) -> str:
    file = folder / "answers.toml"
    file.write_text(_toml(answers))
    given = {
        "questions": False,
        "answers": file,
        "measure": None,
        "save": False,
        "name": "n",
        "markdown": False,
        "workspace": None,
        "json": False,
        "record": False,
        "expect": None,
    }
    assert decide.run(Namespace(**{**given, **more})) == 0
    return capsys.readouterr().out


def test_the_command_says_what_the_advice_says_for_500_sets_of_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = set()
    for answers in random_answers(500, seed=7):
        said = json.loads(_said(tmp_path, capsys, answers, json=True))
        advised = json.loads(json.dumps(advise(Answers.model_validate(answers)).as_json()))
        assert {name: said[name] for name in advised} == advised
        assert (said["method"] is not None) == ("fine_tune" in said["recommendation"])
        seen.add(said["recommendation"])
    assert len(seen) == 6


def test_it_can_be_read_at_80_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for answers in random_answers(40, seed=3):
        said = _said(tmp_path, capsys, answers)
        assert said.startswith("Recommended: ")
        assert max(map(len, said.splitlines())) < 80
    assert decide.run(Namespace(questions=True, json=False)) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) < 80


def test_a_threshold_is_told_with_whose_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tuned = {"strong_prompt_tried": "yes", "strong_prompt_solves": "no", "task_kind": "tone"}
    said = " ".join(_said(tmp_path, capsys, {**tuned, "labelled_examples": 60}).split())
    assert "bare minimum; expect to see only big gains. (OpenAI's guide to fine-tuning" in said
    assert "to serve:" in said


def test_the_questions_are_listed_with_their_reasons_for_programs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert decide.run(Namespace(questions=True, json=True)) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [one["id"] for one in listed] == [question.id for question in QUESTIONS]
    assert all(one["why"] and one["find_out"] and one["allowed"] for one in listed)


def test_markdown_is_a_record_with_the_prices_of_the_workspace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = create_workspace(tmp_path / "w")
    workspace.prices.write_text(
        '[[price]]\nprovider = "us"\nitem = "a colleague"\nunit = "hour_of_work"\namount = "61"\n'
        'currency = "EUR"\nas_of = "2026-11-20"\nsource = "payroll"\n'
    )
    text = _said(
        tmp_path,
        capsys,
        {"strong_prompt_solves": "yes"},
        markdown=True,
        save=True,
        workspace=workspace.root,
    )
    assert text.startswith("# Decision: n\n")
    assert "EUR" in text
    assert "payroll" in text
