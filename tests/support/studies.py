"""Locked studies for tests: items that every contender answered, and who rates them."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from core.scoring.answered_items import AnsweredItem
from core.scoring.study.folder import StudyFolder
from core.scoring.study.lock import lock_study
from core.scoring.study.plan import make_plan
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


def locked(
    root: Path,
    items: int = 6,
    *,
    answers: list[AnsweredItem] | None = None,
    holdout: str = "root",
    **plan: object,
) -> StudyFolder:
    """Return a study that was locked in the workspace at `root`; no holdout has that root now."""
    values = {"name": "tickets", "traps": 0, "repeats": 0.0, "raters_per_item": 1} | plan
    return lock_study(
        create_workspace(root),
        make_plan(values, where="plan"),
        answers or answered(items),
        holdout=holdout,
        now=NOW,
    )
