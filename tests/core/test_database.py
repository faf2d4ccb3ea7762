import sqlite3
import stat
from pathlib import Path

import pytest

from core import database
from core.database import MIGRATIONS, connect, connect_to_read
from core.errors import WorkspaceError


def _insert(path: Path, key: str) -> None:
    with connect(path) as connection:
        connection.execute(
            "INSERT INTO verdicts VALUES (?, '2026-01-01T00:00:00.000Z', 'run', '{}')", (key,)
        )


def _keys(path: Path) -> list[str]:
    with connect_to_read(path) as connection:
        assert connection is not None
        return [row[0] for row in connection.execute("SELECT id FROM verdicts ORDER BY id")]


def test_the_database_is_private_and_in_wal_mode(tmp_path: Path) -> None:
    path = tmp_path / "workspace.db"
    _insert(path, "a")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with connect_to_read(path) as connection:
        assert connection is not None
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_database_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "workspace.db"
    path.touch(mode=0o644)
    _insert(path, "a")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_failed_body_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "workspace.db"
    _insert(path, "a")
    with pytest.raises(RuntimeError), connect(path) as connection:
        connection.execute("DELETE FROM verdicts")
        raise RuntimeError
    assert _keys(path) == ["a"]


def test_no_database_yet_is_not_an_error(tmp_path: Path) -> None:
    with connect_to_read(tmp_path / "workspace.db") as connection:
        assert connection is None


def test_an_older_schema_is_brought_up_with_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "workspace.db"
    _insert(path, "kept")
    later = (*MIGRATIONS, "CREATE TABLE later (id TEXT) STRICT;")
    monkeypatch.setattr(database, "MIGRATIONS", later)
    with connect(path) as connection:
        connection.execute("INSERT INTO later VALUES ('x')")
    assert _keys(path) == ["kept"]


def test_a_migration_that_fails_half_way_leaves_the_old_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "workspace.db"
    _insert(path, "kept")
    broken = (*MIGRATIONS, "CREATE TABLE later (id TEXT) STRICT; CREATE TABLE splits (id TEXT);")
    monkeypatch.setattr(database, "MIGRATIONS", broken)
    with pytest.raises(WorkspaceError), connect(path):
        pass
    monkeypatch.undo()
    assert _keys(path) == ["kept"]
    with connect_to_read(path) as connection:
        assert connection is not None
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    assert "later" not in tables


def test_a_newer_schema_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "workspace.db"
    _insert(path, "a")
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA user_version = 99")
    raw.commit()
    raw.close()
    before = path.read_bytes()
    for opening in (connect, connect_to_read):
        with pytest.raises(WorkspaceError, match="newer tuningfork"), opening(path):
            pass
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"not a database at all" * 300, b"SQLite format 3\0" + b"\xff" * 9000]
)
def test_a_damaged_database_is_said_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "workspace.db"
    path.write_bytes(content)
    path.chmod(0o600)
    for opening in (connect, connect_to_read):
        with pytest.raises(WorkspaceError, match="damaged") as caught, opening(path) as connection:
            assert connection is not None
            connection.execute("SELECT * FROM verdicts").fetchall()
        assert "move it aside" in caught.value.remedy
    assert path.read_bytes() == content
