"""The log of a release: one SQLite file from which what is deleted is gone, byte by byte.

Deleted content is overwritten with zeros, and the write-ahead log, which still holds it, is cut to
nothing before a deletion counts as done.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from core.database import explain
from core.errors import StorageError
from core.release.gateway.entry import Entry
from core.release.gateway.feedback import Feedback
from core.release.gateway.keeping import Keeping
from core.release.gateway.log_database import open_log
from core.release.release_plan import LogPolicy
from core.release.review.enqueue import queue_reviews
from core.text_safety import visible

_MADE_ROOM = 0.9
"""A log that is full is emptied to this share, so that it is not done for every request."""
_STEPS = 20
"""A part of the entries goes at a time, so that a log of few long ones is never emptied whole."""


class LogStore:
    """Writes and deletes; for one thread of one process at a time."""

    def __init__(self, path: Path, policy: LogPolicy) -> None:
        self._path = path
        self._policy = policy
        self._db, key = open_log(path)
        self._keeping = Keeping(policy.keep, key)
        self._uncut = True
        """Whether the journal may hold what was deleted, by this process or one that was killed."""

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def write(self, entries: Sequence[Entry], said: Sequence[tuple[Feedback, float]]) -> list[bool]:
        """Put entries and feedback on disk together; return which feedback has an answer."""
        prompts = self._keeping.turns([one.prompt for one in entries])
        texts = self._keeping.texts(
            [text for one in entries for text in (one.answer, one.errors)]
            + [text for one, _ in said for text in (one.comment, one.correction)]
        )
        kept = iter(texts)
        rows = [
            (
                one.id,
                one.at,
                one.dealt,
                one.arm,
                self._keeping.user(one.user),
                prompt,
                next(kept),
                one.outcome,
                next(kept),
                one.first_ms,
                one.total_ms,
                one.tokens_in,
                one.tokens_out,
                one.harmed,
            )
            for one, prompt in zip(entries, prompts, strict=True)
        ]
        known = []
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT OR IGNORE INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            queue_reviews(self._db, entries)
            for feedback, at in said:
                row = (at, feedback.rating, next(kept), next(kept), feedback.id)
                known.append(
                    self._db.execute(
                        "INSERT INTO feedback (entry, at, rating, comment, correction) "
                        "SELECT id, ?, ?, ?, ? FROM entry WHERE id = ?",
                        row,
                    ).rowcount
                    == 1
                )
                if feedback.rating == -1:
                    self._db.execute("UPDATE entry SET harmed = 1 WHERE id = ?", (feedback.id,))
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise explain(error, self._path) from error
        return known

    def harmed(self, since: float) -> dict[str, int]:
        """Return for each arm how many of its users were harmed since then; a user counts once.

        A request that names no user counts as a user of its own.
        """
        try:
            rows = self._db.execute(
                "SELECT dealt, COUNT(DISTINCT CASE user WHEN '' THEN id ELSE user END) "
                "FROM entry WHERE harmed AND at >= ? GROUP BY dealt",
                (since,),
            )
            return {str(dealt): int(count) for dealt, count in rows}
        except sqlite3.Error as error:
            raise explain(error, self._path) from error

    def sweep(self, now: float) -> int:
        """Delete what is older than the plan keeps it, and what is too much; return how many."""
        gone = self._delete("at < ?", (now - self._policy.days * 86_400,))
        most = self._policy.most_mb * 1024 * 1024
        if self._size() <= most:
            return gone
        (count,) = self._db.execute("SELECT COUNT(*) FROM entry").fetchone()
        step = 1 + count // _STEPS
        while self._size() > most * _MADE_ROOM:
            found = self._delete("id IN (SELECT id FROM entry ORDER BY at LIMIT ?)", (step,))
            gone += found
            if not found:
                break
        return gone

    def forget(self, user: str) -> int:
        """Delete all of one user; return how many answers that were."""
        kept = self._keeping.user(user)
        return self._delete("user = ?", (kept,)) if kept else 0

    def _size(self) -> int:
        """Return the bytes that hold something."""
        (pages,) = self._db.execute("PRAGMA page_count").fetchone()
        (free,) = self._db.execute("PRAGMA freelist_count").fetchone()
        (size,) = self._db.execute("PRAGMA page_size").fetchone()
        return int((pages - free) * size)

    def _delete(self, which: str, values: tuple[float | str, ...]) -> int:
        """Delete entries with their feedback, and every trace of them."""
        try:
            gone = self._db.execute(f"DELETE FROM entry WHERE {which}", values).rowcount
            self._uncut = self._uncut or gone > 0
            if self._uncut:
                self._cut_journal()
                self._uncut = False
        except sqlite3.Error as error:
            raise explain(error, self._path) from error
        return gone

    def _cut_journal(self) -> None:
        """Move the write-ahead log into the file and cut it to nothing; readers delay that."""
        (busy, *_) = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise StorageError(
                what="What was deleted is still in the journal of the log.",
                why=f"Somebody has been reading {visible(str(self._path))} all the time.",
                remedy="Close what reads it; the next sweep, within a minute, does it again.",
            )
