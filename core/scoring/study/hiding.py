"""What the owner of a blind study is not shown, because owners rate too.

The automatic verdict and the answers by contender would tell whose answer is whose. They come back
with the verdict of the study, or before it at a price: who looked, when and why is kept.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from core.errors import UsageError
from core.scoring.study.folder import StudyFolder, study_folders
from core.scoring.study.record import add_to_record, check_reason
from core.text_safety import clip, visible
from core.workspace import Workspace

HIDDEN = "hidden"
"""The decision of a verdict that is not shown."""
_KEPT = ("run", "score_job", "root", "basis")
"""What is still told of one: which it is, and nothing that it says."""


def blind_roots(workspace: Workspace) -> dict[str, str]:
    """Return the root of every holdout that is being rated blind, with the study's id."""
    found = {}
    for folder in study_folders(workspace):
        if folder.revealed.exists() or folder.looks.exists():
            continue
        try:
            root = json.loads(folder.plan.read_bytes())["holdout"]
        except (OSError, ValueError, KeyError, TypeError):
            continue  # the study itself says what is wrong with it
        if isinstance(root, str) and root:
            found[root] = folder.id
    return found


def shown_result(result: Mapping[str, Any], blind: Mapping[str, str]) -> Mapping[str, Any]:
    """Return a kept verdict, or what may be told of it while its answers are rated blind."""
    study = blind.get(str(result.get("root", "")))
    if study is None or result.get("basis") == "ratings":
        return result
    kept = {name: result[name] for name in _KEPT if name in result}
    return kept | {"decision": HIDDEN, "sentence": hidden_sentence(study), "hidden_by": study}


def hidden_sentence(study: str) -> str:
    """Return what is said in place of a verdict."""
    return (
        f"Hidden while {study} is blind: who knows the automatic verdict or whose answer is whose "
        "may rate by it."
    )


def look_behind(folder: StudyFolder, *, by: str, why: str, now: datetime) -> None:
    """Show what is hidden from now on, and keep who asked for it, when and why."""
    if folder.revealed.exists():
        raise UsageError(
            what=f"The seal of {folder.id} is open.",
            why="Nothing of it is hidden any more.",
            remedy=f"`tuningfork verdict {folder.id}` shows what it says.",
        )
    check_reason(
        why,
        after="to look behind a blind study",
        why="It stands in the verdict, so that readers can judge how blind the ratings were.",
    )
    entry = {"at": now.isoformat(), "by": by, "why": why.strip()}
    add_to_record(folder, folder.looks, entry)


def look_lines(looks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return who looked behind a study while it was blind, in words; not yet safe to show."""
    return [
        f"{one['by']} saw the automatic verdict and the answers by contender at {one['at']}, while "
        f"people rated: {one['why']}"
        for one in looks
    ]


def note_of(line: str) -> str:
    """Return a recorded line as a verdict may quote it."""
    return visible(clip(line, 600))
