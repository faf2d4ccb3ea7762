"""The file of a release's log: its tables, and a connection after which nothing deleted is left."""

import os
import sqlite3
from pathlib import Path
from typing import NamedTuple

from core.database import explain

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS entry (
    id TEXT PRIMARY KEY, at REAL NOT NULL, dealt TEXT NOT NULL, arm TEXT NOT NULL,
    user TEXT NOT NULL, prompt TEXT NOT NULL, answer TEXT NOT NULL, outcome TEXT NOT NULL,
    errors TEXT NOT NULL, first_ms REAL, total_ms REAL NOT NULL,
    tokens_in INTEGER, tokens_out INTEGER, harmed INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS entry_at ON entry (
    at, id, dealt, arm, user, outcome, harmed, first_ms, total_ms, tokens_in, tokens_out
);
CREATE INDEX IF NOT EXISTS entry_user ON entry (user);
CREATE INDEX IF NOT EXISTS entry_harmed ON entry (dealt, user, id, at) WHERE harmed;
CREATE TABLE IF NOT EXISTS feedback (
    number INTEGER PRIMARY KEY, entry TEXT NOT NULL REFERENCES entry (id) ON DELETE CASCADE,
    at REAL NOT NULL, rating INTEGER, comment TEXT NOT NULL, correction TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS feedback_entry ON feedback (entry);
CREATE TABLE IF NOT EXISTS review (
    entry TEXT PRIMARY KEY REFERENCES entry (id) ON DELETE CASCADE,
    held INTEGER NOT NULL, stopped INTEGER NOT NULL, status TEXT NOT NULL DEFAULT 'waiting',
    holder TEXT NOT NULL DEFAULT '', until REAL NOT NULL DEFAULT 0,
    reviewer TEXT NOT NULL DEFAULT '', score INTEGER, unsafe INTEGER NOT NULL DEFAULT 0,
    decided REAL, given REAL
) STRICT;
CREATE INDEX IF NOT EXISTS review_waiting ON review (entry) WHERE status = 'waiting';
CREATE INDEX IF NOT EXISTS review_ready ON review (decided, entry)
    WHERE held AND decided IS NOT NULL AND given IS NULL;
CREATE TABLE IF NOT EXISTS review_word (
    number INTEGER PRIMARY KEY, entry TEXT NOT NULL REFERENCES review (entry) ON DELETE CASCADE,
    at REAL NOT NULL, reviewer TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS review_word_entry ON review_word (entry);
"""
"""The first index holds every figure, so that counting never walks through texts."""
_BUSY_MS = 10_000
_KEY_BYTES = 32
_WAL_BYTES = 1024 * 1024


class OpenedLog(NamedTuple):
    """A log that can be written."""

    database: sqlite3.Connection
    """For one thread of one process at a time."""
    key: bytes
    """Secret of the log, with which hashes are keyed."""


def open_log(path: Path) -> OpenedLog:
    """Return the log at a path, made if there is none."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    database = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_MS / 1000)
    try:
        for pragma in (
            f"busy_timeout = {_BUSY_MS}",
            "secure_delete = ON",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "temp_store = MEMORY",
            f"journal_size_limit = {_WAL_BYTES}",
        ):
            database.execute(f"PRAGMA {pragma}")
        database.executescript(_SCHEMA)
        database.execute("INSERT OR IGNORE INTO meta VALUES ('key', ?)", (os.urandom(_KEY_BYTES),))
        (key,) = database.execute("SELECT value FROM meta WHERE name = 'key'").fetchone()
    except sqlite3.Error as error:
        database.close()
        raise explain(error, path) from error
    return OpenedLog(database, key)
