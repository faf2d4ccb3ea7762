"""A study for a rater who works elsewhere: the sheet, and nothing that names a contender.

Whoever rates under the owner's account can read what the owner can. A rater with a copy of their
own, under another account or on another machine, cannot; their log comes back by `study merge`.
"""

import shutil
from pathlib import Path

import msgspec

from core.errors import UsageError
from core.scoring.study.folder import StudyFolder, check_rater
from core.scoring.study.leases import Leases, changing
from core.scoring.study.session import read_sheet
from core.storage import replace_file, storage_error
from core.text_safety import clip, visible
from core.workspace import create_workspace

_READABLE = 0o644
"""Whoever is to copy it may read it: it holds what raters see."""


def hand_out(folder: StudyFolder, rater: str, to: Path) -> StudyFolder:
    """Write a workspace in which one rater rates, and return its study.

    The rater keeps the order of items that the owner's study gives them, so that places stay
    balanced over all who rate.
    """
    check_rater(rater)
    sheet, seal = read_sheet(folder)
    if sheet.raters and rater not in sheet.raters:
        raise UsageError(
            what=f"{rater} is no rater of this study.",
            why=f"It was locked for {', '.join(sheet.raters)}.",
            remedy="Name one of them after --rater.",
        )
    if to.exists():
        raise UsageError(
            what=f"{visible(clip(str(to), 200))} is there already.",
            why="A rater's copy is a folder of its own, so that nothing else comes along.",
            remedy="Name a folder that is not there yet.",
        )
    with changing(folder) as leases:
        slot = leases.slot_of(rater, len(sheet.orders))
    copy = StudyFolder(create_workspace(to, name=sheet.name).studies / folder.id)
    try:
        copy.logs.mkdir(parents=True)
        if folder.log(rater).exists():
            shutil.copyfile(folder.log(rater), copy.log(rater))
    except OSError as error:
        raise storage_error(error, copy.path, doing="write the rater's copy") from error
    leased = msgspec.json.encode(Leases(slots={rater: slot}))
    replace_file(copy.leases, leased, mode=_READABLE)
    replace_file(copy.seal, f"{seal}\n".encode(), mode=_READABLE)
    replace_file(copy.sheet, folder.sheet.read_bytes(), mode=_READABLE)
    return copy
