"""A read-only folder, a full disk, a damaged database, a newer schema: said, and nothing lost."""

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import Done, permissions_count, tuningfork

ANSWERS = 'strong_prompt_tried = "yes"\nfixed_format_or_tone = "yes"\nlabelled_examples = 600\n'
needs_permissions = pytest.mark.skipif(
    not permissions_count(), reason="root without setpriv ignores the permission bits of files"
)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "workspace"
    assert tuningfork("init", folder, cwd=tmp_path).code == 0
    (tmp_path / "answers.toml").write_text(ANSWERS)
    assert _decide(folder).code == 0
    yield folder
    folder.chmod(0o700)


def _decide(workspace: Path, **limits: object) -> Done:
    answers = workspace.parent / "answers.toml"
    words = ("decide", "--answers", answers, "--save", "-w", workspace)
    return tuningfork(*words, cwd=workspace.parent, **limits)  # type: ignore[arg-type]


def _fingerprint(workspace: Path) -> dict[str, str]:
    files = sorted(file for file in workspace.rglob("*") if file.is_file())
    return {
        str(file.relative_to(workspace)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
        if not file.name.endswith("-shm")
    }


def _decisions(workspace: Path) -> int:
    connection = sqlite3.connect(workspace / "workspace.db")
    try:
        (count,) = connection.execute("SELECT count(*) FROM decisions").fetchone()
    finally:
        connection.close()
    return int(count)


def _is_an_answer_for_a_person(done: Done, code: int) -> None:
    assert done.code == code, done
    assert "Traceback" not in done.err
    assert len(done.err.strip().splitlines()) == 3, done.err


@needs_permissions
def test_a_read_only_workspace_is_said_and_can_still_be_read(workspace: Path) -> None:
    for file in workspace.rglob("*"):
        file.chmod(0o500 if file.is_dir() else 0o400)
    workspace.chmod(0o500)
    before = _fingerprint(workspace)
    _is_an_answer_for_a_person(_decide(workspace, obey_permissions=True), 3)
    listed = tuningfork("runs", "-w", workspace, cwd=workspace.parent, obey_permissions=True)
    assert listed.code == 0, listed
    assert _fingerprint(workspace) == before


@needs_permissions
def test_a_workspace_cannot_be_made_in_a_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    done = tuningfork("init", tmp_path / "new", cwd=Path("/"), obey_permissions=True)
    tmp_path.chmod(0o700)
    _is_an_answer_for_a_person(done, 3)
    assert "read-only" in done.err


@pytest.mark.parametrize("limit", [0, 4096, 20_000])
def test_a_full_disk_is_said_and_keeps_what_was_there(workspace: Path, limit: int) -> None:
    before = _decisions(workspace)
    done = _decide(workspace, file_limit=limit)
    _is_an_answer_for_a_person(done, 3)
    assert "space" in done.err
    assert _decisions(workspace) == before
    assert _decide(workspace).code == 0
    assert _decisions(workspace) == before + 1


def test_a_damaged_database_is_said_and_left_as_it_is(workspace: Path) -> None:
    for side in ("-wal", "-shm"):
        (workspace / f"workspace.db{side}").unlink(missing_ok=True)
    (workspace / "workspace.db").write_bytes(b"\x00garbage" * 4000)
    before = _fingerprint(workspace)
    done = _decide(workspace)
    _is_an_answer_for_a_person(done, 2)
    assert "damaged" in done.err
    assert _fingerprint(workspace) == before


def test_a_newer_schema_is_said_and_left_as_it_is(workspace: Path) -> None:
    connection = sqlite3.connect(workspace / "workspace.db")
    connection.execute("PRAGMA user_version = 42")
    connection.commit()
    connection.close()
    before = _fingerprint(workspace)
    done = _decide(workspace)
    _is_an_answer_for_a_person(done, 2)
    assert "newer" in done.err
    assert _fingerprint(workspace) == before


def test_an_error_is_one_object_for_a_program(workspace: Path) -> None:
    (workspace / "tuningfork.toml").write_text("version = 9\n")
    done = tuningfork("runs", "--json", "-w", workspace, cwd=workspace)
    assert done.code == 2
    assert done.json["error"] == "WorkspaceError"
    assert {"what", "why", "remedy", "exit_code"} <= set(done.json)


def test_words_that_do_not_fit_are_wrong_use(tmp_path: Path) -> None:
    _is_an_answer_for_a_person(tuningfork("train", cwd=tmp_path), 2)
    _is_an_answer_for_a_person(tuningfork("status", "-w", tmp_path, cwd=tmp_path), 2)
    _is_an_answer_for_a_person(tuningfork("status", cwd=tmp_path), 2)
