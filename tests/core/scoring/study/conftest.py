"""A small locked study, and somebody who rates in it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.scoring.answered_items import AnsweredItem
from core.scoring.study.folder import StudyFolder
from core.scoring.study.lock import lock_study
from core.scoring.study.plan import make_plan
from core.scoring.study.session import RatingSession, Task
from core.workspace import create_workspace

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
CONTENDERS = ("tuned", "base", "few", "rag")


def answered(items: int, answer: Callable[[int, str], str] | None = None) -> list[AnsweredItem]:
    """Return items that every contender answered."""
    say = answer or (lambda number, name: f"answer {number} in the way of {sorted(name)}")
    return [
        AnsweredItem(
            id=f"i{number:02}",
            prompt=(("user", f"question {number}"),),
            reference=f"reference {number}",
            answers={name: say(number, name) for name in CONTENDERS},
        )
        for number in range(1, items + 1)
    ]


Lock = Callable[..., StudyFolder]


@pytest.fixture
def lock(tmp_path: Path) -> Lock:
    """Return what locks a study in a fresh workspace."""
    workspace = create_workspace(tmp_path / "workspace")

    def locked(
        items: int = 6, *, answers: list[AnsweredItem] | None = None, **plan: object
    ) -> StudyFolder:
        values = {"name": "tickets", "traps": 0, "repeats": 0.0, "raters_per_item": 1} | plan
        return lock_study(
            workspace,
            make_plan(values, where="plan"),
            answers or answered(items),
            holdout="root",
            now=NOW,
        )

    return locked


def rate_all(
    folder: StudyFolder,
    rater: str,
    score: Callable[[Task, int], int],
    *,
    limit: int | None = None,
) -> int:
    """Rate until nothing is left, or `limit` items; return how many items were finished."""
    done = 0
    with RatingSession(folder, rater, clock=lambda: NOW) as session:
        while (limit is None or done < limit) and (task := session.next()) is not None:
            for place in range(len(task.sides)):
                session.rate(task, place, score(task, place), dwell_ms=4000, screen_cols=80)
            assert session.commit(task)
            done += 1
    return done


def always(_: Task, __: int) -> int:
    """Give everything the same score."""
    return 3


def by_text(scores: Mapping[str, int]) -> Callable[[Task, int], int]:
    """Return a rater who goes by the text of an answer."""
    return lambda task, place: scores[task.sides[place].text]
