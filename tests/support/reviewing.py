"""Releases whose answers are reviewed, and reviewers at work on them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.release.gateway.log_store import LogStore
from core.release.release_plan import ReleasePlan
from core.release.releases import ReleaseFolder
from core.release.review.session import ReviewSession
from tests.support.filled_workspace import NOW
from tests.support.release_log import entry
from tests.support.release_plans import plan_of


def hold_plan(**values: Any) -> ReleasePlan:
    """Return a plan that holds every answer; a decision goes out at once."""
    review = {"mode": "hold", "undo_seconds": 0, **values.pop("review", {})}
    return plan_of(review=review, **{"log": {"keep": "full"}, **values})


def add_reviews(
    folder: ReleaseFolder, plan: ReleasePlan, count: int, *, first: int = 0, **values: Any
) -> list[str]:
    """Leave answers that wait for a reviewer, a minute apart; return their ids."""
    folder.path.mkdir(parents=True, exist_ok=True)
    store = LogStore(folder.log, plan.log)
    made = [
        entry(
            number,
            at=NOW.timestamp() - 60 * (count - number),
            user=f"user {number}",
            words=f"parcel {number}",
            **{"review": "held", **values},
        )
        for number in range(first, first + count)
    ]
    store.write(made, [])
    store.close()
    return [one.id for one in made]


@contextmanager
def reviewer(
    folder: ReleaseFolder, plan: ReleasePlan, name: str = "ada", *, now: float | None = None
) -> Iterator[ReviewSession]:
    """Let somebody work at a fixed time, or at the present one."""
    clock = {} if now is None else {"clock": lambda: now}
    with ReviewSession(folder, plan, name, **clock) as session:
        yield session
