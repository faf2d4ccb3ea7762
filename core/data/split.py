"""Makes a split: train, validation and a holdout that is locked from here on."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from core.data.alike import NEAR, signatures
from core.data.choices import Choices
from core.data.dataset import DatasetFolder, ensure_salt
from core.data.drafting import Draft, first_draft, grown_draft
from core.data.fields import field
from core.data.holdout_lock import (
    HoldoutLock,
    LockedRow,
    StratumCount,
    make_lock,
    read_lock,
)
from core.data.keys import merkle_root
from core.data.parts import Side
from core.data.profile import Profile, profile_rows
from core.data.rows import Row
from core.data.sources import file_sha256, read_rows
from core.data.split_folder import Contents, recover, write_folder
from core.data.split_result import SplitResult, make_result
from core.data.template import Template
from core.data.usable import Usable, split_rows, template_of, usable_rows
from core.database import connect
from core.errors import DataError
from core.text_safety import clip, visible
from core.workspace import Workspace

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_FEWEST = 10
_GROUP = "group"
"""A column of this name, also by `--map`, keeps its rows together without being asked for."""
_NOTHING: Mapping[bytes, bytes] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A file that is to be split."""

    path: Path
    sha256: str
    rows: Sequence[Row]
    salt: bytes


def split_file(
    workspace: Workspace,
    source: Path,
    *,
    name: str,
    now: datetime,
    choices: Choices | None = None,
    new_version: bool = False,
    lineage: Mapping[bytes, bytes] = _NOTHING,
) -> SplitResult:
    """Split a source into the workspace.

    The same source under the same name changes nothing; in a grown one every row that has a side
    keeps it, and what matches the holdout is quarantined. `new_version` lets the holdout grow.
    `lineage` says for rows that were edited which key (of the row, under the workspace's salt)
    became which.
    """
    choices = choices or Choices()
    _check(name)
    choices.shares()
    rows = list(read_rows(source))
    given = _Source(path=source, sha256=file_sha256(source), rows=rows, salt=ensure_salt(workspace))
    folder = DatasetFolder(workspace.data / name)
    recover(folder)
    usable, left_out = usable_rows(rows, given.salt)
    if folder.path.exists():
        draft, lock = _grown(
            folder, given, usable, choices, new_version=new_version, lineage=lineage
        )
    else:
        draft, lock = _first(given, usable, choices)
    parts = draft.parts
    at = draft.rows
    write_folder(
        folder,
        Contents(
            train=[at[place] for place in parts.train],
            validation=[at[place] for place in parts.validation],
            holdout=[at[place] for place in parts.holdout],
            quarantine=[at[place] for place in draft.quarantined],
            lock=lock,
        ),
    )
    result = make_result(name, folder, draft, lock, left_out)
    _record(
        workspace, result, profile_rows(rows, source=source.absolute(), sha256=given.sha256), now
    )
    return result


def _check(name: str) -> None:
    """Refuse a name that is no folder name."""
    if not _NAME.match(name):
        raise DataError(
            what=f"{clip(visible(name), 80)!r} is no name for a dataset.",
            why="Names have letters, digits, dots, dashes and underscores; 64 at most.",
            remedy="Choose another, for instance tickets-v1.",
        )


def _first(
    source: _Source, usable: Sequence[Usable], choices: Choices
) -> tuple[Draft, HoldoutLock]:
    """Return the first split of a source, or refuse rows that cannot be split."""
    template = template_of(usable, source.salt)
    if choices.groups is None and any(field(one.row.value, _GROUP) for one in usable):
        choices = replace(choices, groups=(_GROUP,))
    rows = split_rows(usable, template, choices.groups or ())
    draft = first_draft(rows, source.salt, choices)
    parts = draft.parts
    if len(rows) < _FEWEST or not (parts.train and parts.validation and parts.holdout):
        raise DataError(
            what=f"{visible(str(source.path))} has {len(rows)} usable rows in {draft.clusters}"
            " groups that must stay together: too few to split.",
            why="Train, validation and holdout each need rows that share no words and no input.",
            remedy="Collect more rows; `tuningfork inspect FILE` shows which are unusable and why.",
        )
    return draft, _lock(source, draft, choices, template, None)


def _lock(
    source: _Source,
    draft: Draft,
    choices: Choices,
    template: Template,
    before: HoldoutLock | None,
) -> HoldoutLock:
    """Return the lock of a draft."""
    parts = draft.parts
    held = [draft.rows[place] for place in parts.holdout]
    sides = [set(parts.train), set(parts.validation), set(parts.holdout)]
    return make_lock(
        (
            LockedRow(keys=row.keys, signature=made)
            for row, made in zip(
                held, signatures([row.said for row in held], source.salt), strict=True
            )
        ),
        salt=source.salt,
        source=(row.keys.row for row in draft.rows),
        counts=f"train {len(parts.train)} validation {len(parts.validation)}"
        f" holdout {len(parts.holdout)}",
        near=f"{NEAR:g}" if draft.compared else "not compared: too many rows",
        parameters=choices.as_json(),
        template=template.runs,
        strata=(
            StratumCount(one.name, *(len(side.intersection(one.places)) for side in sides))
            for one in draft.kinds.strata
        ),
        before=before,
    )


def _grown(
    folder: DatasetFolder,
    source: _Source,
    usable: Sequence[Usable],
    choices: Choices,
    *,
    new_version: bool,
    lineage: Mapping[bytes, bytes],
) -> tuple[Draft, HoldoutLock]:
    """Return the split of a source whose earlier rows have their sides."""
    lock = read_lock(folder.lock)
    choices = choices.after(lock.parameters, new_version=new_version)
    held = {one.keys.row: one for one in _locked_rows(folder, lock, source.salt)}
    sides = _sides(folder, source.salt) | dict.fromkeys(held, "holdout")
    parent = {new: old for old, new in lineage.items()}
    present = {one.keys.row for one in usable}
    ancestors = {old for key in present for old in _ancestors(key, parent)}
    gone = held.keys() - present - ancestors
    if gone and not new_version:
        raise _missing(folder.path.name, len(gone), len(held))
    rows = [held.get(one.keys.row, one) for one in usable]
    rows += [held[key] for key in sorted(held.keys() - present)]
    template = Template(salt=source.salt, runs=lock.template)
    known = [sides.get(one.keys.row) for one in rows]
    edited = {
        place: side
        for place, one in enumerate(rows)
        if known[place] is None and (side := _inherited(one.keys.row, parent, sides))
    }
    draft = grown_draft(
        split_rows(rows, template, choices.groups or ()),
        source.salt,
        choices,
        known=known,
        edited=edited,
        gone=frozenset(
            place for place, one in enumerate(rows) if one.keys.row in held.keys() - present
        ),
        new_version=new_version,
    )
    now_held = {draft.rows[place].keys.row for place in draft.parts.holdout}
    if now_held == held.keys():
        return draft, lock
    return draft, _lock(source, draft, choices, template, lock)


def _locked_rows(folder: DatasetFolder, lock: HoldoutLock, salt: bytes) -> list[Usable]:
    """Return the rows of the holdout, refused when they are not the locked ones."""
    held, _ = usable_rows(list(read_rows(folder.holdout)), salt)
    if merkle_root(one.keys.row for one in held).hex() != lock.root:
        raise DataError(
            what=f"The holdout of {folder.path.name} is not the one that was locked.",
            why="Rows of holdout.jsonl were changed, so nothing can be added to it safely.",
            remedy="Put back holdout.jsonl as it was split, or split under another name.",
        )
    return held


def _sides(folder: DatasetFolder, salt: bytes) -> dict[bytes, Side]:
    """Return the side of every row that train and validation hold."""
    found: dict[bytes, Side] = {}
    parts: tuple[tuple[Path, Side], ...] = (
        (folder.train, "train"),
        (folder.validation, "validation"),
    )
    for path, side in parts:
        usable, _ = usable_rows(list(read_rows(path)), salt)
        found |= dict.fromkeys((one.keys.row for one in usable), side)
    return found


def _ancestors(key: bytes, parent: Mapping[bytes, bytes]) -> list[bytes]:
    """Return the keys that a row had before it was edited, newest first."""
    found: list[bytes] = []
    while (key := parent.get(key, b"")) and key not in found:
        found.append(key)
    return found


def _inherited(
    key: bytes, parent: Mapping[bytes, bytes], sides: Mapping[bytes, Side]
) -> Side | None:
    """Return the side that an edited row had in an earlier form."""
    return next((sides[old] for old in _ancestors(key, parent) if old in sides), None)


def _missing(name: str, gone: int, held: int) -> DataError:
    """Return the error for a source without its locked rows."""
    return DataError(
        what=f"The dataset {name} has a locked holdout that this split would change: {gone} of its"
        f" {held} rows are not in this file.",
        why="They were edited or taken out, or the file is another one; scores on one holdout"
        " cannot be compared with scores on another.",
        remedy="Put the rows back, add --new-version to lock a new holdout under this name, or give"
        " the split another name with --name.",
    )


def _record(workspace: Workspace, result: SplitResult, profile: Profile, now: datetime) -> None:
    """Note dataset and split in the workspace; what is known already stays as it was."""
    at = now.isoformat()
    dataset = f"{result.name}-{profile.sha256[:12]}"
    summary = profile.as_json()
    counts = {key: summary[key] for key in ("verdict", "rows", "valid_rows", "format")}
    with connect(workspace.database) as connection:
        connection.execute(
            "INSERT INTO datasets VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (dataset, at, result.name, str(profile.source), profile.sha256, json.dumps(counts)),
        )
        connection.execute(
            "INSERT INTO splits VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                f"{result.name}-{result.root[:12]}-{profile.sha256[:12]}",
                at,
                dataset,
                str(result.folder.path.relative_to(workspace.root)),
                result.root,
                json.dumps(result.as_json()),
            ),
        )
