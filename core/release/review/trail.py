"""What the log tells of the review of an answer: who said what, and what came of it."""

import sqlite3
from typing import Any

HAS_QUEUE = "SELECT 1 FROM sqlite_master WHERE name = 'review_word'"
"""A log of an older version has no queue before its gateway runs again."""


def trail_of(database: sqlite3.Connection, id: str) -> dict[str, Any] | None:
    """Return the review of an answer with every word, those taken back too; None without one."""
    row = database.execute(
        "SELECT held, status, reviewer, score, unsafe, decided, given FROM review WHERE entry = ?",
        (id,),
    ).fetchone()
    if row is None:
        return None
    words = database.execute(
        "SELECT at, reviewer, kind, value, undone FROM review_word WHERE entry = ? ORDER BY number",
        (id,),
    )
    return dict(row) | {"words": [dict(one) for one in words]}


def correction_in(trail: dict[str, Any] | None) -> tuple[float, str] | None:
    """Return when a review ended with another text, and that text; None for any other end."""
    if trail is None or trail["status"] != "corrected":
        return None
    texts = [
        one["value"]
        for one in trail["words"]
        if one["kind"] == "edit" and one["reviewer"] == trail["reviewer"] and not one["undone"]
    ]
    return trail["decided"], texts[-1]
