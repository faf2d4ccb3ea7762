"""Locks a study: draws the items, deals the names, commits to the mapping, writes it all once."""

import json
import os
import random
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from core.errors import DataError, UsageError
from core.scoring.answered_items import AnsweredItem
from core.scoring.study.anchors import read_anchors
from core.scoring.study.canonical import canonical, commitment, sha256, side_id
from core.scoring.study.folder import StudyFolder, check_rater
from core.scoring.study.order import deal
from core.scoring.study.plan import StudyPlan
from core.scoring.study.record import CHAINED
from core.scoring.study.sheet import Meeting, Sheet, SheetItem, Side, Turn
from core.storage import replace_file, storage_error, sync_folder
from core.text_safety import clip, visible
from core.workspace import Workspace, new_run_id

_FEWEST_SLOTS = 12
_TRAP = "trap"
_ANCHOR = "anchor"


def lock_study(
    workspace: Workspace,
    plan: StudyPlan,
    answered: Sequence[AnsweredItem],
    *,
    holdout: str,
    now: datetime,
) -> StudyFolder:
    """Write a study that nobody can change unnoticed, and return its folder.

    `holdout` is the root of the holdout lock the items come from, empty for answers from a file.
    """
    for rater in plan.raters:
        check_rater(rater)
    contenders, drawn = _drawn(plan, answered)
    plan = plan.model_copy(update={"contenders": contenders, "items": len(drawn)})
    key, nonce = secrets.token_bytes(32), secrets.token_bytes(16)
    traps = _traps(plan, drawn)
    anchors = read_anchors(workspace, plan) if plan.anchors else None
    old = {f"{_ANCHOR}: {one.id}": one for one in anchors.items} if anchors else {}
    if anchors:
        plan = plan.model_copy(update={"anchors": anchors.study})
    mixed = list(drawn)
    # Nothing that a rater's program reads tells a trap or an old answer from an item.
    for extra in (*traps, *(replace(one, id=name) for name, one in old.items())):
        mixed.insert(secrets.randbelow(len(mixed) + 1), extra)
    items: list[SheetItem] = []
    sides: list[tuple[int, ...]] = []
    sealed: dict[str, Any] = {"items": {}, "mapping": {}, "traps": {}}
    for one in mixed:
        answering = sorted(one.answers) if one.id in old else contenders
        item, places = _blinded(one, answering, key)
        items.append(item)
        sides.append(places)
        sealed["items"][item.id] = one.id
        sealed["mapping"][item.id] = {side_id(key, one.id, name): name for name in answering}
        if one in traps:
            sealed["traps"][item.id] = side_id(key, one.id, plan.tuned)
        if one.id in old:
            sealed.setdefault("anchors", {})[item.id] = old[one.id].id
    slots = max(len(plan.raters), _FEWEST_SLOTS)
    folder_name = new_run_id(plan.name, now=now, token=secrets.token_hex(2))
    sheet = Sheet(
        study=folder_name,
        name=plan.name,
        scores=plan.scores,
        raters=plan.raters,
        raters_per_item=plan.raters_per_item,
        exit_question=plan.exit_question,
        commitment=commitment(sealed, nonce),
        items=tuple(items),
        orders=tuple(
            tuple(
                Meeting(shown.item, shown.occurrence, shown.places)
                for shown in deal(sides, key=key, slot=slot, repeats=plan.repeats)
            )
            for slot in range(slots)
        ),
    )
    content = msgspec.json.encode(sheet)
    agreed = {
        "plan": plan.model_dump(mode="json"),
        "items": [one.id for one in drawn],
        "sheet": sha256(content),
        "commitment": sheet.commitment,
        "holdout": holdout,
        "locked_at": now.isoformat(),
        "records": CHAINED,
    }
    if anchors:
        agreed["anchors"] = anchors.seal
    seal = {"key": key.hex(), "nonce": nonce.hex(), **sealed}
    return _written(workspace, folder_name, agreed, content, seal)


def _drawn(
    plan: StudyPlan, answered: Sequence[AnsweredItem]
) -> tuple[tuple[str, ...], list[AnsweredItem]]:
    """Return the contenders and the items of the study, in the order that counts."""
    named = plan.contenders or tuple(sorted({name for one in answered for name in one.answers}))
    if plan.tuned not in named or len(named) < 2:
        raise UsageError(
            what=f"A study needs answers of {visible(clip(plan.tuned, 60))} and of an alternative.",
            why=f"Answered have: {visible(clip(', '.join(named), 200)) or 'nobody'}.",
            remedy="Let the contenders answer first, or name the tuned one in the plan.",
        )
    whole = [one for one in answered if all(name in one.answers for name in named)]
    wanted = plan.items or len(whole)
    if len(whole) < max(2, wanted):
        raise DataError(
            what=f"Only {len(whole)} items were answered by every contender, of {wanted} planned.",
            why=f"Contenders of the plan: {visible(clip(', '.join(named), 200))}.",
            remedy="Let the missing answers be given, or plan fewer items.",
        )
    dice = random.Random(plan.seed)
    order = sorted(whole, key=lambda one: one.id)
    dice.shuffle(order)
    return tuple(named), order[:wanted]


def _traps(plan: StudyPlan, drawn: Sequence[AnsweredItem]) -> list[AnsweredItem]:
    """Return items in which the tuned model's place holds an answer to something else."""
    found = []
    for number in range(min(plan.traps, len(drawn))):
        one = drawn[number]
        others = [item for item in drawn if item.answers[plan.tuned] not in one.answers.values()]
        if others:
            wrong = others[(number * 7 + 3) % len(others)].answers[plan.tuned]
            found.append(
                AnsweredItem(
                    id=f"{_TRAP} {number}: {one.id}",
                    prompt=one.prompt,
                    reference=one.reference,
                    answers={**one.answers, plan.tuned: wrong},
                )
            )
    return found


def _blinded(
    one: AnsweredItem, contenders: Sequence[str], key: bytes
) -> tuple[SheetItem, tuple[int, ...]]:
    """Return an item without names, and the side of every contender by number."""
    by_text: dict[str, list[str]] = {}
    for name in contenders:
        by_text.setdefault(_whole(one.answers[name]), []).append(side_id(key, one.id, name))
    sides = sorted(
        (Side(min(ids), text, tuple(sorted(ids)[1:])) for text, ids in by_text.items()),
        key=lambda side: side.id,
    )
    number = {side.text: place for place, side in enumerate(sides)}
    prompt = tuple(Turn(_whole(role), _whole(text)) for role, text in one.prompt)
    reference = None if one.reference is None else _whole(one.reference)
    item = SheetItem(side_id(key, one.id, ""), prompt, reference, tuple(sides))
    return item, tuple(number[_whole(one.answers[name])] for name in contenders)


def _whole(text: str) -> str:
    """Return a text that can be written: a lone surrogate has no bytes and becomes a mark."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _written(
    workspace: Workspace, id: str, agreed: dict[str, Any], sheet: bytes, seal: dict[str, Any]
) -> StudyFolder:
    """Write the folder under another name and rename it, so that a study is whole or not there."""
    folder = StudyFolder(workspace.studies / id)
    staged = StudyFolder(workspace.studies / f".{id}.{os.getpid()}.new")
    plan = canonical(agreed)
    try:
        staged.logs.mkdir(parents=True, mode=0o700)
        replace_file(staged.plan, plan)
        replace_file(staged.sealed, json.dumps(seal).encode())
        replace_file(staged.sheet, sheet)
        replace_file(staged.seal, f"{sha256(plan)}\n".encode())
        sync_folder(staged.path)
        staged.path.rename(folder.path)
        sync_folder(workspace.studies)
    except OSError as error:
        raise storage_error(error, folder.path, doing="lock the study") from error
    finally:
        shutil.rmtree(staged.path, ignore_errors=True)
    return folder
