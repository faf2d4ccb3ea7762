"""What is past its deadline goes at the next look at the workspace, also where no gateway runs."""

import os
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest

from core.release import retention
from core.release.gateway.log_file import read_entries
from core.release.gateway.log_store import LogStore
from core.release.releases import ReleaseFolder, write_release
from core.release.retention import sweep_overdue
from core.workspace import Workspace, create_workspace
from tests.support.command import tuningfork
from tests.support.release_log import entry, said
from tests.support.release_plans import plan_of

DAY = 86_400.0


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return create_workspace(tmp_path / "ws")


def kept(workspace: Workspace, name: str, **at: float) -> ReleaseFolder:
    """Leave a release that keeps ten days of full texts."""
    plan = plan_of(name=name, log={"keep": "full", "days": 10})
    folder = write_release(workspace, plan)
    store = LogStore(folder.log, plan.log)
    for number, (words, moment) in enumerate(at.items()):
        store.write([entry(number, at=moment, words=words)], [said(number, words)])
    store.close()
    return folder


def bytes_of(folder: ReleaseFolder) -> bytes:
    return b"".join(path.read_bytes() for path in folder.path.iterdir())


def test_what_is_due_goes_from_every_release_and_nothing_else(workspace: Workspace) -> None:
    one = kept(workspace, "one", OLD_WORDS=0.0, NEW_WORDS=5 * DAY)
    other = kept(workspace, "other", MORE_OLD_WORDS=0.0)
    assert sweep_overdue(workspace, 10 * DAY) == ()
    assert b"OLD_WORDS" in bytes_of(one)
    assert sweep_overdue(workspace, 11 * DAY) == ()
    assert b"OLD_WORDS" not in bytes_of(one) + bytes_of(other)
    assert [row["answer"] for row in read_entries(one.log)] == ["NEW_WORDS"]


def test_a_look_at_a_workspace_with_nothing_due_opens_no_log_for_writing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(workspace, "one", WORDS=5 * DAY)
    monkeypatch.setitem(sys.modules, "core.release.gateway.log_file", None)
    assert sweep_overdue(workspace, 6 * DAY) == ()


def test_a_command_lets_releases_forget_what_is_due(workspace: Workspace, tmp_path: Path) -> None:
    folder = kept(workspace, "one", OLD_WORDS=0.0)
    assert tuningfork("runs", "-w", workspace.root, cwd=tmp_path).code == 0
    assert b"OLD_WORDS" not in bytes_of(folder)


def test_a_journal_that_a_killed_gateway_left_is_cut(workspace: Workspace, tmp_path: Path) -> None:
    folder = kept(workspace, "one", STAYS=5 * DAY)
    database = sqlite3.connect(folder.log)
    database.execute("PRAGMA secure_delete = ON")
    database.execute(
        "INSERT INTO entry SELECT 'x', at, dealt, arm, user, prompt, 'GONE_WORDS', "
        "outcome, errors, 1, 1, 1, 1, 0 FROM entry"
    )
    database.commit()
    database.execute("DELETE FROM entry WHERE id = 'x'")
    database.commit()
    # As it lies there when the writer is killed now: the journal was not yet cut.
    for path in list(folder.path.iterdir()):
        shutil.copy(path, tmp_path / path.name)
    database.close()
    for path in tmp_path.glob("log.db*"):
        shutil.copy(path, folder.path / path.name)
    journal = folder.path / "log.db-wal"
    assert b"GONE_WORDS" in bytes_of(folder)
    assert sweep_overdue(workspace, 5 * DAY + 61) == ()
    assert b"GONE_WORDS" in bytes_of(folder)
    os.utime(journal, (5 * DAY, 5 * DAY))
    assert sweep_overdue(workspace, 5 * DAY + 61) == ()
    assert b"GONE_WORDS" not in bytes_of(folder)
    assert [row["answer"] for row in read_entries(folder.log)] == ["STAYS"]


def test_what_cannot_be_deleted_is_said(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = kept(workspace, "one", OLD_WORDS=0.0)
    reader = sqlite3.connect(folder.log, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT COUNT(*) FROM entry").fetchone()
    monkeypatch.setattr("core.release.gateway.log_database._BUSY_MS", 1)
    (words,) = sweep_overdue(workspace, 11 * DAY)
    assert words.startswith("one: texts past their deadline are not gone: Somebody")
    reader.close()
    monkeypatch.setattr(retention, "_QUIET_SECONDS", -1e12)
    assert sweep_overdue(workspace, 11 * DAY) == ()
    assert b"OLD_WORDS" not in bytes_of(folder)
