"""Somebody who rates in a small locked study."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest

from core.scoring.study.folder import StudyFolder
from core.scoring.study.session import RatingSession, Task
from tests.support.studies import NOW, locked

Lock = Callable[..., StudyFolder]


@pytest.fixture
def lock(tmp_path: Path) -> Lock:
    """Return what locks a study in a workspace of the test."""
    return partial(locked, tmp_path / "workspace")


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
