"""How the queue of reviews stands: what waits, since when, and what reviewers found, by arm."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.database import explain
from core.release.review.trail import HAS_QUEUE


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewsDue:
    """What waits for reviewers."""

    waiting: int = 0
    """Answers without a decision."""
    taken: int = 0
    """Of these, those that a reviewer has before them."""
    oldest: float | None = None
    """When the oldest of them was asked, seconds since 1970; None where none waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmReviews:
    """What reviewers, who do not know the arm, found of one."""

    decided: int
    """Answers with a score."""
    mean: float
    """Mean score, from 1 to 5."""
    unsafe: int
    """Of the answers, those called unsafe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedReview:
    """One answer in the queue, as a list names it."""

    id: str
    """The answer's id."""
    at: float
    """When it was asked, seconds since 1970."""
    held: bool
    """Whether it goes out only after the decision."""
    status: str
    """`waiting`, `approved`, `corrected` or `refused`."""
    reviewer: str
    """Who has it, or who decided; "" for nobody."""
    given_out: bool
    """Whether a client has it."""


def read_due(log: Path, now: float) -> ReviewsDue:
    """Return what waits for the reviewers of a release."""
    with _reading(log) as database:
        if database is None:
            return ReviewsDue()
        row = database.execute(
            "SELECT COUNT(*), COALESCE(SUM(r.holder <> '' AND r.until > ?), 0), MIN(e.at) "
            "FROM review r JOIN entry e ON e.id = r.entry WHERE r.status = 'waiting'",
            (now,),
        ).fetchone()
    return ReviewsDue(waiting=row[0], taken=row[1], oldest=row[2])


def read_arm_reviews(log: Path, since: float) -> dict[str, ArmReviews]:
    """Return what reviewers decided since a moment, by the arm that answered."""
    with _reading(log) as database:
        if database is None:
            return {}
        rows = database.execute(
            "SELECT e.arm, COUNT(*), AVG(r.score), SUM(r.unsafe) FROM review r "
            "JOIN entry e ON e.id = r.entry WHERE r.decided >= ? GROUP BY e.arm",
            (since,),
        ).fetchall()
    return {
        arm: ArmReviews(decided=count, mean=mean, unsafe=unsafe)
        for arm, count, mean, unsafe in rows
    }


def read_queue(log: Path, now: float) -> list[QueuedReview]:
    """Return every answer that is or was reviewed, the oldest first."""
    with _reading(log) as database:
        if database is None:
            return []
        rows = database.execute(
            "SELECT e.id, e.at, r.held, r.status, "
            "CASE WHEN r.status <> 'waiting' THEN r.reviewer WHEN r.until > ? THEN r.holder "
            "ELSE '' END, r.given IS NOT NULL "
            "FROM review r JOIN entry e ON e.id = r.entry ORDER BY e.at, e.id",
            (now,),
        ).fetchall()
    return [
        QueuedReview(
            id=id,
            at=at,
            held=bool(held),
            status=status,
            reviewer=reviewer,
            given_out=bool(given),
        )
        for id, at, held, status, reviewer, given in rows
    ]


@contextmanager
def _reading(log: Path) -> Iterator[sqlite3.Connection | None]:
    """Yield the log for reading; None where it has no queue."""
    if not log.exists():
        yield None
        return
    try:
        address = f"{log.absolute().as_uri()}?mode=ro"
        database = sqlite3.connect(address, uri=True, timeout=5)
    except sqlite3.Error as error:
        raise explain(error, log) from error
    try:
        yield database if database.execute(HAS_QUEUE).fetchone() else None
    except sqlite3.Error as error:
        raise explain(error, log) from error
    finally:
        database.close()
