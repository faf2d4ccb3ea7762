"""Simulated raters at work on a locked study: the sheet, leases and logs are those of people."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import cycle
from random import Random

from core.scoring.rated.simulated import is_simulated
from core.scoring.simulation.by_reference import score
from core.scoring.study.folder import StudyFolder
from core.scoring.study.session import RatingSession, Task

WRITTEN_BY = "simulated raters"
"""What every event of their logs names in the place of an app's version."""


def rate_study(
    folder: StudyFolder, raters: Sequence[str], *, seed: int, stop: Callable[[], bool]
) -> Iterator[Task]:
    """Let them rate, one item each in turn, and yield what one finished; until nothing is left.

    A rater sees what a person sees and no contender's name. One that was stopped goes on.
    """
    if not all(map(is_simulated, raters)):
        raise ValueError("a program never rates under a person's name")
    with ExitStack() as open_ones:
        sessions = [
            open_ones.enter_context(RatingSession(folder, rater, app_version=WRITTEN_BY))
            for rater in raters
        ]
        idle = 0
        # An item is held until its rater takes another, so one round may find nothing free.
        for session in cycle(sessions):
            if stop() or idle > len(sessions):
                return
            task = session.next()
            idle = 0 if task else idle + 1
            if task is not None:
                _rate(session, task, seed)
                yield task


def _rate(session: RatingSession, task: Task, seed: int) -> None:
    """Rate every answer of an item and finish it."""
    asked = "\n".join(turn.text for turn in task.item.prompt)
    for place, side in enumerate(task.sides):
        # Everybody's opinion of an answer is drawn from the answer, so that it can be drawn again.
        dice = Random(f"{seed}\0{session.rater}\0{task.met[1]}\0{asked}\0{side.text}")
        session.rate(task, place, score(side.text, task.item.reference, dice=dice))
    session.commit(task)
