"""Data on a full disk, or in a read-only workspace: said in words, and nothing half made."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.data.dataset import ensure_salt
from core.data.sources import file_sha256
from core.data.triage.desk import Desk
from core.data.triage.operations import Drop
from core.workspace import create_workspace
from tests.support.command import Done, permissions_count, tuningfork

NOW = datetime(2026, 5, 4, tzinfo=UTC)
WORDS = ("red", "green", "blue", "black", "white", "amber", "cyan", "pink")
MAPPED = ("--map", "question=user", "--map", "answer=assistant")
NO_ROOM = {
    "inspect a table": ("inspect", "rows.csv", *MAPPED),
    "clean": ("clean", "rows.jsonl", "-o", "mended.jsonl"),
    "split": ("split", "rows.jsonl"),
    "split a table": ("split", "rows.csv", *MAPPED),
}
"""Commands that write, by what they do."""


def asked(row: int) -> tuple[str, str]:
    return f"{WORDS[row % 8]} {WORDS[row * 5 // 8 % 8]} {row} asks", WORDS[row % 7]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A workspace with a journal for rows that stand beside it, as lines and as a table."""
    workspace = create_workspace(tmp_path / "ws")
    turns = [
        [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
        for question, answer in map(asked, range(60))
    ]
    source = tmp_path / "rows.jsonl"
    source.write_text("".join(json.dumps({"messages": each}) + "\n" for each in turns))
    table = [f"{question},{answer}\n" for question, answer in map(asked, range(60))]
    (tmp_path / "rows.csv").write_text("question,answer\n" + "".join(table))
    sha256 = file_sha256(source)
    salt = ensure_salt(workspace)
    desk = Desk.open(workspace, source, sha256=sha256, salt=salt, by="ann", now=NOW)
    desk.do(Drop(rows=(1,)), now=NOW)
    yield tmp_path
    workspace.root.chmod(0o700)


def everything(folder: Path) -> set[Path]:
    """Return all that is there but for empty folders and what the database notes on the way."""
    found = (file for file in folder.rglob("*") if file.is_file())
    return {file for file in found if not file.name.startswith("workspace.db")}


def run(folder: Path, words: tuple[str, ...], **limits: object) -> Done:
    return tuningfork(*words, "-w", "ws", cwd=folder, **limits)  # type: ignore[arg-type]


def is_an_answer_for_a_person(done: Done, code: int) -> None:
    assert done.code == code, done
    assert "Traceback" not in done.err
    assert len(done.err.strip().splitlines()) == 3, done.err


@pytest.mark.parametrize("what", NO_ROOM)
def test_a_full_disk_is_said_and_leaves_nothing_half_made(folder: Path, what: str) -> None:
    before = everything(folder)
    done = run(folder, NO_ROOM[what], file_limit=2048)
    is_an_answer_for_a_person(done, 3)
    assert "space" in done.err
    assert everything(folder) == before


@pytest.mark.skipif(not permissions_count(), reason="root without setpriv ignores permission bits")
def test_a_read_only_workspace_can_be_looked_at_and_is_not_written(folder: Path) -> None:
    assert run(folder, ("split", "rows.jsonl")).code == 0
    mended = ("clean", "rows.jsonl", "-o", "ws/mended.jsonl")
    again = ("split", "rows.jsonl", "--name", "again")
    for file in (folder / "ws").rglob("*"):
        file.chmod(0o500 if file.is_dir() else 0o400)
    (folder / "ws").chmod(0o500)
    before = everything(folder)
    for words in (mended, again):
        is_an_answer_for_a_person(run(folder, words, obey_permissions=True), 3)
    assert run(folder, ("inspect", "rows.jsonl"), obey_permissions=True).code == 0
    assert run(folder, ("holdout", "rows", "rows.jsonl"), obey_permissions=True).code == 1
    assert everything(folder) == before
