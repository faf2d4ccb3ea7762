"""Old answers, rated again among new ones: what moved there moved in the raters."""

import random
from typing import NamedTuple

from core.errors import DataError, UsageError
from core.scoring.answered_items import AnsweredItem
from core.scoring.study.folder import StudyFolder, find_study
from core.scoring.study.opened import (
    Locked,
    Logs,
    Sealed,
    plain_items,
    read_locked,
    read_logs,
    read_sealed,
    seal_problem,
)
from core.scoring.study.plan import StudyPlan
from core.workspace import Workspace


class OldStudy(NamedTuple):
    """A study whose seal is open and in which nothing was changed."""

    locked: Locked
    logs: Logs
    sealed: Sealed


class Anchors(NamedTuple):
    """Items of an older study with the answers they had then."""

    study: str
    """Its whole id."""
    seal: str
    """Its plan's hash."""
    items: tuple[AnsweredItem, ...]
    """By the names that items and contenders had there."""


def read_old_study(folder: StudyFolder) -> OldStudy:
    """Return an older study to compare with, or say why it cannot be."""
    if not folder.revealed.exists():
        raise UsageError(
            what=f"The seal of {folder.id} is shut, so its answers can't be anchors.",
            why="Old answers are told apart by who gave them, and that is known only of an open"
            " study.",
            remedy=f"`tuningfork verdict {folder.id}` opens it once everything is rated.",
        )
    locked = read_locked(folder)
    logs, sealed = read_logs(folder, locked), read_sealed(folder)
    problems = [*locked.problems, *logs.problems]
    if wrong := seal_problem(locked, sealed):
        problems.append(wrong)
    if problems:
        raise DataError(
            what=f"{folder.id} can't be trusted: {problems[0]}",
            why="What its raters said then would be compared with what is said now.",
            remedy=f"`tuningfork study verify {folder.id}` names everything that does not hold.",
        )
    return OldStudy(locked, logs, sealed)


def read_anchors(workspace: Workspace, plan: StudyPlan) -> Anchors:
    """Return the old answers that a plan names, drawn by its seed from what was rated then."""
    folder = find_study(workspace, plan.anchors)
    old = read_old_study(folder)
    if old.locked.plan.scores != plan.scores:
        raise UsageError(
            what=f"{folder.id} was rated on {old.locked.plan.rubric}, the plan says {plan.rubric}.",
            why="Scores of another rubric can't be compared.",
            remedy=f'Write rubric = "{old.locked.plan.rubric}", or leave the anchors out.',
        )
    rated = [
        item
        for item in plain_items(old.locked, old.sealed)
        if any(one.finished((item.id, 0)) for one in old.logs.standings.values())
    ]
    rated.sort(key=lambda item: old.sealed.items[item.id])
    random.Random(plan.seed).shuffle(rated)
    return Anchors(
        folder.id,
        old.locked.seal,
        tuple(
            AnsweredItem(
                id=old.sealed.items[item.id],
                prompt=tuple((turn.role, turn.text) for turn in item.prompt),
                reference=item.reference,
                answers={
                    old.sealed.mapping[item.id][same]: side.text
                    for side in item.sides
                    for same in (side.id, *side.same)
                },
            )
            for item in rated[: plan.anchor_items]
        ),
    )
