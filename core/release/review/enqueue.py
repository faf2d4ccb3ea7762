"""Puts answers into the queue of reviews, in the same transaction as the answers themselves."""

import sqlite3
from collections.abc import Iterable

from core.release.gateway.entry import Entry


def queue_reviews(database: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Let those wait that people review; a sampled answer has gone out already."""
    database.executemany(
        "INSERT OR IGNORE INTO review (entry, held, stopped, given) VALUES (?, ?, ?, ?)",
        (
            (one.id, one.review == "held", one.stopped, None if one.review == "held" else one.at)
            for one in entries
            if one.review
        ),
    )
