"""`workspace.db`: SQLite in WAL mode, mode 0600, migrated step by step and never silently."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import StorageError, TuningforkError, WorkspaceError
from core.storage import storage_error
from core.text_safety import visible

MIGRATIONS = (
    """
    CREATE TABLE decisions (
        id TEXT PRIMARY KEY, created_at TEXT NOT NULL, name TEXT NOT NULL,
        answers TEXT NOT NULL, result TEXT NOT NULL
    ) STRICT;
    CREATE TABLE datasets (
        id TEXT PRIMARY KEY, created_at TEXT NOT NULL, name TEXT NOT NULL,
        source TEXT NOT NULL, sha256 TEXT NOT NULL, profile TEXT NOT NULL
    ) STRICT;
    CREATE TABLE splits (
        id TEXT PRIMARY KEY, created_at TEXT NOT NULL,
        dataset TEXT NOT NULL REFERENCES datasets (id),
        folder TEXT NOT NULL, lock_root TEXT NOT NULL, counts TEXT NOT NULL
    ) STRICT;
    CREATE TABLE verdicts (
        id TEXT PRIMARY KEY, created_at TEXT NOT NULL, run TEXT NOT NULL,
        result TEXT NOT NULL
    ) STRICT;
    """,
)
"""One script a version, in order; a script that has shipped is never edited."""
_BUSY_MS = 10_000


@contextmanager
def connect(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection at today's schema; a body that ends well is committed, else undone."""
    try:
        connection = _open(path)
    except sqlite3.Error as error:
        raise explain(error, path) from error
    except OSError as error:
        raise storage_error(error, path, doing="open the workspace database") from error
    try:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
    except sqlite3.Error as error:
        raise explain(error, path) from error
    finally:
        connection.close()


@contextmanager
def connect_to_read(path: Path) -> Iterator[sqlite3.Connection | None]:
    """Yield a connection that writes nothing, or None when there is no database yet.

    A folder that may not be written cannot hold the WAL's side files; there the database is read
    as it lies, which is right because nobody can be writing it either.
    """
    if not path.exists():
        yield None
        return
    frozen = not os.access(path.parent, os.W_OK)
    address = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if frozen else ''}"
    try:
        connection = sqlite3.connect(address, uri=True, timeout=_BUSY_MS / 1000)
    except sqlite3.Error as error:
        raise explain(error, path) from error
    try:
        _check_version(connection, path)
        yield connection
    except sqlite3.Error as error:
        raise explain(error, path) from error
    finally:
        connection.close()


def _open(path: Path) -> sqlite3.Connection:
    """Return a writable connection, made private, in WAL mode and migrated."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    connection = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_MS / 1000)
    try:
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        _check_version(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        _migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the schema version, or refuse one that this program does not know."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise WorkspaceError(
            what=f"{visible(str(path))} was made by a newer tuningfork (schema {version}).",
            why=f"This one knows schemas up to {len(MIGRATIONS)} and will not guess.",
            remedy="Upgrade tuningfork; nothing was changed.",
        )
    return int(version)


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring the schema to today's version, each step whole or not at all."""
    while True:
        connection.execute("BEGIN IMMEDIATE")
        try:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version >= len(MIGRATIONS):
                connection.execute("ROLLBACK")
                return
            for statement in MIGRATIONS[version].split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {version + 1}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def explain(error: sqlite3.Error, path: Path) -> TuningforkError:
    """Return what a person can do about an error of the database."""
    shown = visible(str(path))
    code = (error.sqlite_errorcode or 0) & 0xFF if hasattr(error, "sqlite_errorcode") else 0
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN}:
        return storage_error(OSError(errno.EACCES, ""), path, doing="write the workspace database")
    if code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
        return storage_error(OSError(errno.ENOSPC, ""), path, doing="write the workspace database")
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return WorkspaceError(
            what=f"{shown} is damaged.",
            why=f"SQLite says: {visible(str(error))}. The file was left as it is.",
            remedy=(
                f"Put back a copy, or move it aside (`mv {shown} {shown}.damaged`): runs, data "
                "and event logs are files of their own and stay; `sqlite3 FILE .recover` reads "
                "what can be read of the rest."
            ),
        )
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StorageError(
            what=f"{shown} is in use.",
            why=f"Another process has been writing it for over {_BUSY_MS // 1000} seconds.",
            remedy="Do it again when the other one is done; nothing was changed.",
        )
    return WorkspaceError(
        what=f"{shown} could not be used.",
        why=f"SQLite says: {visible(str(error))}.",
        remedy="`tuningfork doctor` checks the workspace.",
    )
