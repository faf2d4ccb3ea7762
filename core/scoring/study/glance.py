"""How far a study is at a glance: small enough to be read before anything else is loaded.

Home tells it from a file that whoever last counted left behind. What people rated since is not in
it, so it says itself whether it still holds.
"""

import json
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from core.errors import StorageError
from core.scoring.study.folder import StudyFolder, study_folders
from core.storage import replace_file
from core.workspace import Workspace

State = Literal["blind", "complete", "opened", "damaged"]
"""Being rated; rated and sealed; seal open; not readable any more."""

Marks = tuple[tuple[str, int, int], ...]
"""Name, size and time of every file that a study's figures follow from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """One study in a few figures; no contender is named."""

    study: str
    """Its id."""
    name: str
    """What the plan calls it; not yet safe to show."""
    state: State
    rated: int
    """Ratings of items that were there."""
    planned: int
    """Ratings of items that the plan asks for."""
    watched: bool
    """Whether the plan lets it stop on evidence."""
    may_stop: bool
    """Whether the evidence is enough for that."""
    fresh: bool
    """Whether nothing of the study changed since it was counted."""


def marks_of(folder: StudyFolder) -> Marks:
    """Return what changes when anything of a study does, without reading it."""
    found = []
    locked = (folder.plan, folder.sheet, folder.seal, folder.sealed, folder.revealed)
    named = (*locked, folder.looks, folder.exports, folder.ends)
    judges = sorted(folder.judges.glob("*.json"))
    for path in (*named, *judges, *(folder.log(rater) for rater in folder.raters())):
        try:
            status = path.stat()
        except OSError:
            continue
        found.append((path.name, status.st_size, status.st_mtime_ns))
    return tuple(found)


def read_glance(folder: StudyFolder) -> Glance | None:
    """Return what was last counted; None where nobody did or the file is of another version."""
    try:
        kept = json.loads(folder.glance.read_bytes())
        marks = [list(one) for one in marks_of(folder)]
        found = Glance(study=folder.id, fresh=kept["marks"] == marks, **kept["glance"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    whole = isinstance(found.name, str) and found.state in get_args(State)
    return found if whole and type(found.rated) is type(found.planned) is int else None


def keep_glance(folder: StudyFolder, found: Glance, marks: Marks) -> None:
    """Leave what was counted for the next reader; where that cannot be written, it counts again."""
    told = {name: one for name, one in asdict(found).items() if name not in {"study", "fresh"}}
    content = json.dumps({"marks": marks, "glance": told}).encode()
    try:
        if not folder.glance.exists() or folder.glance.read_bytes() != content:
            replace_file(folder.glance, content)
    except (OSError, StorageError):
        return


def glances(workspace: Workspace) -> list[Glance | None]:
    """Return every study at a glance, newest first; None for one that has to be counted."""
    return [read_glance(folder) for folder in reversed(study_folders(workspace))]


def waiting(found: list[Glance | None]) -> Glance | None:
    """Return the study that its owner goes on with: one that may be opened before any other."""
    sealed = [one for one in found if one is not None and one.state in {"blind", "complete"}]
    ready = [one for one in sealed if one.state == "complete" or one.may_stop]
    return next(iter([*ready, *sealed]), None)
