"""Earlier advice against verdicts, and what is due: on Decide, at home, on the command line."""

import json
from argparse import Namespace
from pathlib import Path

import pytest

from core.decide.record import read_decisions
from core.workspace import Workspace, create_workspace
from tests.core.decide.test_due import filled
from tests.support.app_pilot import opened, shows, walk
from tui.commands import decide


def _run(workspace: Workspace, **more: object) -> int:
    given = {"questions": False, "answers": None, "save": False, "name": "n", "markdown": False}
    named = {
        "workspace": workspace.root,
        "json": False,
        "record": False,
        "measure": None,
        "expect": None,
    }
    return decide.run(Namespace(**{**given, **named, **more}))


def test_the_command_prints_the_record_and_what_is_due(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = filled(tmp_path / "w", (1, 0.2), (3, 0.1))
    assert _run(workspace, record=True) == 0
    out = capsys.readouterr().out
    assert out.startswith("Advice so far: 1 right, 1 wrong, 0 not settled.\n")
    assert "2026-03-05  fine_tune: fine-tune" in out
    assert "Right: tuned against few-shot: +20 points (10 to 30)" in " ".join(out.split())
    assert "Now due:\n" in out
    assert max(map(len, out.splitlines())) <= 79
    assert _run(workspace, record=True, json=True) == 0
    whole = json.loads(capsys.readouterr().out)
    assert [one["outcome"] for one in whole["scored"]] == ["right", "wrong"]
    assert whole["scored"][0]["expected"] == [0.1, 0.2]
    assert whole["scored"][0]["as_expected"] is True
    assert any("review" in words for words in whole["due"])


def test_a_workspace_without_verdicts_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(create_workspace(tmp_path / "w", name="tickets"), record=True) == 0
    assert capsys.readouterr().out == "No decision was measured yet.\n"


def test_an_expected_gain_is_kept_with_the_decision(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w", name="tickets")
    file = tmp_path / "answers.toml"
    file.write_text('strong_prompt_tried = "yes"\n')
    assert _run(workspace, answers=file, save=True, expect="5-15") == 0
    (saved,) = read_decisions(workspace.database)
    assert saved.result["expected_gain"] == [0.05, 0.15]


async def test_decide_shows_whether_the_newest_advice_was_right(tmp_path: Path) -> None:
    workspace = filled(tmp_path / "w", (1, 0.2), (3, 0.1))
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, [("1", "Outcome       Right: tuned against few-shot")])
        text = await shows(pilot, "Advice so far: 1 right, 1 wrong")
        assert "Now due       Regulated: keep a person's review" in text
        await walk(pilot, [("o", "▲ wrong")])
        assert "✓ right" in await shows(pilot, "Advice so far")
        await walk(pilot, [("j", "few_shot"), ("enter", "Wrong: few-shot against tuned")])
        assert "Now due" not in await shows(pilot, "Outcome")


async def test_home_shows_what_is_due(tmp_path: Path) -> None:
    async with opened(filled(tmp_path / "w", (3, 0.1))) as (_app, pilot):
        text = await shows(pilot, "Due   Regulated: keep a person's review")
        assert "Release" in text
    async with opened(filled(tmp_path / "v")) as (_app, pilot):
        assert "Due" not in await shows(pilot, "Next")
