"""The entry of the command line: slips of the hand, and an output that takes nothing."""

import sys
from pathlib import Path

import pytest

from core.workspace import Workspace, create_workspace
from tests.support.filled_workspace import FINISHED, add_run
from tui.__main__ import main


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return create_workspace(tmp_path / "w")


def _runs(workspace: Workspace, *words: str) -> int:
    return main([*words, "-w", str(workspace.root)])


def test_a_closed_output_is_no_fault(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert _runs(workspace, "runs") == 0
    assert not list(workspace.reports.glob("*"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", [("runs",), ("runs", "--json")])
def test_a_full_disk_under_the_output_is_said(
    workspace: Workspace,
    words: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    add_run(workspace, "first", steps=3, end=FINISHED)
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert _runs(workspace, *words) == 3
    assert "no space is left for the output" in capsys.readouterr().err


@pytest.mark.parametrize(("word", "meant"), [("opne", "open"), ("stauts", "status")])
def test_a_slip_of_the_hand_names_the_command_that_was_meant(
    word: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word]) == 2
    assert f"Did you mean `tuningfork {meant}`?" in capsys.readouterr().err


def test_a_file_is_not_offered_as_a_workspace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rows.jsonl").write_text("{}\n")
    assert main(["runs", "-w", str(tmp_path / "rows.jsonl")]) == 2
    said = capsys.readouterr().err
    assert "is a file, not a workspace" in said
    assert "init" not in said


def test_a_job_is_found_by_its_name_where_one_has_it(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = add_run(workspace, "first", steps=3, end=FINISHED)
    other = add_run(workspace, "second", number=2, steps=3, end=FINISHED)
    assert _runs(workspace, "status", "first") == 0
    assert f"job: {folder.id}\n" in capsys.readouterr().out
    again = add_run(workspace, "second", number=3, steps=3, end=FINISHED)
    assert _runs(workspace, "status", "second") == 2
    said = capsys.readouterr().err
    assert other.id in said
    assert again.id in said
    assert "2 jobs are called second." in said


def test_the_columns_of_the_jobs_stand_under_each_other(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    add_run(workspace, "a", steps=3, end=FINISHED)
    add_run(workspace, "b", number=10001, kind="simulated_rating", steps=3, end=FINISHED)
    assert _runs(workspace, "runs") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len({line.index("finished") for line in lines}) == 1
    assert len({len(line) for line in lines}) == 1
