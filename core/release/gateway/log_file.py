"""What others than the gateway do with its log: read it, page by page, and forget a user."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from core.database import explain
from core.release.gateway.log_store import LogStore
from core.release.release_plan import LogPolicy
from core.release.review.trail import HAS_QUEUE, trail_of

_AT_ONCE = 1000


def sweep_log(path: Path, policy: LogPolicy, now: float) -> int:
    """Delete what is due, also where no gateway has been running; return how much that was."""
    if not path.exists():
        return 0
    store = LogStore(path, policy)
    try:
        return store.sweep(now)
    finally:
        store.close()


def forget_user(path: Path, policy: LogPolicy, user: str) -> int:
    """Delete all of one user, also while a gateway writes; return how many answers that were."""
    if not path.exists():
        return 0
    store = LogStore(path, policy)
    try:
        return store.forget(user)
    finally:
        store.close()


def read_entries(path: Path, *, since: float = 0.0) -> Iterator[dict[str, object]]:
    """Yield entries with what users and reviewers said of them, oldest first, as JSON objects."""
    if not path.exists():
        return
    try:
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)
    except sqlite3.Error as error:
        raise explain(error, path) from error
    try:
        database.row_factory = sqlite3.Row
        reviewed = database.execute(HAS_QUEUE).fetchone() is not None
        after = (since, "")
        while True:
            # A page at a time, so that no reader holds up a deletion.
            rows = database.execute(
                "SELECT * FROM entry WHERE (at, id) > (?, ?) ORDER BY at, id LIMIT ?",
                (*after, _AT_ONCE),
            ).fetchall()
            for row in rows:
                said = database.execute(
                    "SELECT at, rating, comment, correction FROM feedback WHERE entry = ? "
                    "ORDER BY number",
                    (row["id"],),
                ).fetchall()
                trail = trail_of(database, row["id"]) if reviewed else None
                yield dict(row) | {"feedback": [dict(one) for one in said], "review": trail}
            if len(rows) < _AT_ONCE:
                return
            after = (rows[-1]["at"], rows[-1]["id"])
    except sqlite3.Error as error:
        raise explain(error, path) from error
    finally:
        database.close()
