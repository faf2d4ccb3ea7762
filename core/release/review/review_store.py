"""What reviewers do to the queue; each step is whole and on disk when it returns, or not done."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from core.database import explain
from core.errors import JobError
from core.release.gateway.keeping import Keeping
from core.release.gateway.log_database import open_log
from core.release.release_plan import Kept
from core.release.review.item import ReviewItem, Said, Status, Turn, Word, decision, gathered

LEASE_S = 1800.0
"""After so long without a word from its reviewer an answer goes to another one."""
_TEXTS: frozenset[Word] = frozenset({"flag", "comment", "edit", "skip"})
_OWN = "SELECT entry FROM review WHERE status = 'waiting' AND holder = ? LIMIT 1"
_FREE = (
    "SELECT r.entry FROM review r JOIN entry e ON e.id = r.entry "
    "WHERE r.status = 'waiting' AND (r.holder = '' OR r.until <= ?) AND NOT EXISTS "
    "(SELECT 1 FROM review_word w WHERE w.entry = r.entry AND w.reviewer = ? "
    "AND w.kind = 'skip' AND NOT w.undone) ORDER BY e.at, e.id LIMIT 1"
)
_HARMED = (
    "UPDATE entry SET harmed = outcome = 'failed' OR errors <> '' "
    "OR EXISTS (SELECT 1 FROM feedback f WHERE f.entry = entry.id AND f.rating = -1) "
    "OR EXISTS (SELECT 1 FROM review r WHERE r.entry = entry.id AND r.score = 1) WHERE id = ?"
)
"""A reviewer's worst score is harm as a thumb down is, and taking it back unsays it."""


class ReviewStore:
    """The queue of one release; for one thread."""

    def __init__(self, path: Path, keep: Kept) -> None:
        self._path = path
        self._db, key = open_log(path)
        self._keeping = Keeping(keep, key)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def _alone(self) -> Iterator[sqlite3.Connection]:
        """Yield the database to this process alone; what the body does is kept whole or undone."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise explain(error, self._path) from error

    def take(self, reviewer: str, now: float) -> ReviewItem | None:
        """Return what the reviewer has, else the oldest that nobody has; None without any."""
        with self._alone() as database:
            own = database.execute(_OWN, (reviewer,)).fetchone()
            found = own or database.execute(_FREE, (now, reviewer)).fetchone()
            if found is None:
                return None
            self._hold(found[0], reviewer, now)
            return self._item(found[0], reviewer)

    def give_back(self, reviewer: str) -> None:
        """Let others have what a reviewer holds."""
        with self._alone() as database:
            database.execute("UPDATE review SET holder = '' WHERE holder = ?", (reviewer,))

    def say(self, id: str, reviewer: str, kind: Word, value: str, now: float) -> ReviewItem:
        """Save a word on what the reviewer has, and return it as it stands."""
        with self._alone():
            self._still_has(id, reviewer, now)
            self._add(id, reviewer, kind, value, now)
            if kind == "skip":
                self._db.execute("UPDATE review SET holder = '' WHERE entry = ?", (id,))
            return self._item(id, reviewer)

    def decide(self, id: str, reviewer: str, now: float) -> Status:
        """Save the decision that was come to; `waiting`, and nothing saved, before there is one."""
        with self._alone() as database:
            self._still_has(id, reviewer, now)
            item = self._item(id, reviewer)
            status = decision(item.said, item.answer)
            if status != "waiting":
                self._add(id, reviewer, "commit", status, now)
                database.execute(
                    "UPDATE review SET status = ?, decided = ?, holder = '', reviewer = ?, "
                    "score = ?, unsafe = ? WHERE entry = ?",
                    (status, now, reviewer, item.said.score, bool(item.said.unsafe), id),
                )
                database.execute(_HARMED, (id,))
            return status

    def undo(self, reviewer: str, after: int, now: float) -> tuple[Word, ReviewItem] | None:
        """Take back the newest word since one of a number; return it with its answer.

        A held answer that was given out stays decided.
        """
        with self._alone() as database:
            newest = database.execute(
                "SELECT number, entry, kind FROM review_word WHERE reviewer = ? AND NOT undone "
                "AND number > ? ORDER BY number DESC LIMIT 1",
                (reviewer, after),
            ).fetchone()
            if newest is None:
                return None
            number, id, kind = newest
            if kind == "commit":
                self._reopen(id)
            elif kind == "skip":
                self._free(id, reviewer, now)
            else:
                self._still_has(id, reviewer, now)
            database.execute("UPDATE review_word SET undone = 1 WHERE number = ?", (number,))
            if kind in {"commit", "skip"}:
                database.execute("UPDATE review SET holder = '' WHERE holder = ?", (reviewer,))
                self._hold(id, reviewer, now)
            return kind, self._item(id, reviewer)

    def newest(self) -> int:
        """Return the number of the newest word of anybody."""
        with self._alone() as database:
            (number,) = database.execute("SELECT MAX(number) FROM review_word").fetchone()
        return number or 0

    def _reopen(self, id: str) -> None:
        """Let a decision wait again, unless its answer went out on it."""
        undone = self._db.execute(
            "UPDATE review SET status = 'waiting', decided = NULL, reviewer = '', score = NULL, "
            "unsafe = 0 WHERE entry = ? AND NOT (held AND given IS NOT NULL)",
            (id,),
        ).rowcount
        if not undone:
            raise JobError(
                what="That decision was given out; it cannot be taken back.",
                why="The client has the answer.",
                remedy="Tell whoever runs the client; the next decision can wait longer: "
                "review.undo_seconds in the plan of a release.",
            )
        self._db.execute(_HARMED, (id,))

    def _free(self, id: str, reviewer: str, now: float) -> None:
        row = self._db.execute(
            "SELECT 1 FROM review WHERE entry = ? AND status = 'waiting' "
            "AND (holder IN ('', ?) OR until <= ?)",
            (id, reviewer, now),
        ).fetchone()
        if row is None:
            raise _taken()

    def _still_has(self, id: str, reviewer: str, now: float) -> None:
        """Lengthen the lease, or say that another reviewer has the answer, or nobody any more."""
        held = self._db.execute(
            "UPDATE review SET until = ? WHERE entry = ? AND holder = ? AND status = 'waiting'",
            (now + LEASE_S, id, reviewer),
        ).rowcount
        if not held:
            raise _taken()

    def _hold(self, id: str, reviewer: str, now: float) -> None:
        self._db.execute(
            "UPDATE review SET holder = ?, until = ? WHERE entry = ?",
            (reviewer, now + LEASE_S, id),
        )

    def _add(self, id: str, reviewer: str, kind: Word, value: str, now: float) -> None:
        kept = self._keeping.texts([value])[0] if kind in _TEXTS else value
        self._db.execute(
            "INSERT INTO review_word (entry, at, reviewer, kind, value) VALUES (?, ?, ?, ?, ?)",
            (id, now, reviewer, kind, kept),
        )

    def _item(self, id: str, reviewer: str) -> ReviewItem:
        at, prompt, answer, held = self._db.execute(
            "SELECT e.at, e.prompt, e.answer, r.held FROM entry e JOIN review r ON r.entry = e.id "
            "WHERE e.id = ?",
            (id,),
        ).fetchone()
        return ReviewItem(
            id=id,
            at=at,
            held=bool(held),
            prompt=turns_of(prompt),
            answer=answer,
            said=self._said(id, reviewer),
        )

    def _said(self, id: str, reviewer: str) -> Said:
        return gathered(
            self._db.execute(
                "SELECT kind, value FROM review_word WHERE entry = ? AND reviewer = ? "
                "AND NOT undone ORDER BY number",
                (id, reviewer),
            )
        )


def turns_of(prompt: str) -> tuple[Turn, ...]:
    """Return the turns of a logged prompt; a call of a tool is shown as it was written."""
    turns: list[dict[str, Any]] = msgspec.json.decode(prompt)
    return tuple(Turn(role=str(one.get("role")), text=_text(one)) for one in turns)


def _text(turn: dict[str, Any]) -> str:
    calls = turn.get("tool_calls")
    words = [str(turn.get("content") or "")]
    if calls:
        words.append(msgspec.json.encode(calls).decode())
    return "\n".join(word for word in words if word)


def _taken() -> JobError:
    return JobError(
        what="This answer is no longer before you.",
        why="Nobody said a word for half an hour and another reviewer took it, or it was deleted "
        "because its day came or its user was forgotten.",
        remedy="Go on with the next one; nothing of this one was decided here.",
    )
