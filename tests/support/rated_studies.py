"""Studies whose contenders have names that no word of ours could be, and people who rate them."""

from datetime import timedelta
from itertools import count
from pathlib import Path

from core.scoring.study.folder import StudyFolder
from core.scoring.study.session import RatingSession
from tests.support.studies import NOW, answered, locked

SECRET = ("zuctenq", "fenqwol", "rivvask", "ploomix")
"""Names that stand in no word of ours."""


def rate(folder: StudyFolder, rater: str, *, limit: int | None = None) -> None:
    """Rate by what the answers say, two minutes an item."""
    ticks = (NOW + timedelta(seconds=20 * n) for n in count())
    with RatingSession(folder, rater, clock=lambda: next(ticks)) as session:
        done = 0
        while (limit is None or done < limit) and (task := session.next()) is not None:
            for place, side in enumerate(task.sides):
                session.rate(task, place, 5 if "best" in side.text else 1, dwell_ms=9000)
            assert session.commit(task, dwell_ms=9000)
            done += 1


def study(root: Path, items: int = 8, *, stopping: str = "fixed", traps: int = 0) -> StudyFolder:
    """Return a locked study whose contenders have names that no screen could say by chance."""
    given = [
        type(one)(
            id=one.id,
            prompt=one.prompt,
            reference=one.reference,
            answers={
                name: f"{'best' if name == SECRET[0] else 'other ' + str(place)} {one.id}"
                for place, name in enumerate(SECRET)
            },
        )
        for one in answered(items)
    ]
    return locked(
        root,
        answers=given,
        holdout="",
        tuned=SECRET[0],
        raters_per_item=2,
        raters=["ada", "ben"],
        stopping=stopping,
        traps=traps,
    )
