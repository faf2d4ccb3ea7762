"""Makes a split: train, validation and a holdout that is locked from here on."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from core.data.alike import NEAR, signatures
from core.data.asked import Asked
from core.data.choices import Choices
from core.data.dataset import DatasetFolder, ensure_salt
from core.data.drafting import Draft, first_draft, grown_draft
from core.data.holdout_lock import (
    HoldoutLock,
    LockedRow,
    StratumCount,
    make_lock,
    read_lock,
)
from core.data.keys import merkle_root, row_keys
from core.data.lineage import Ancestors, Lineage, lineage_of_cleaned
from core.data.parts import Side
from core.data.profile import Profile, profile_of
from core.data.scan.run import Scan, scan_file
from core.data.shelf import Shelf, Some
from core.data.sources import read_rows
from core.data.split_folder import Contents, recover, write_folder
from core.data.split_result import SplitResult, make_result
from core.data.telling import Tell, silent, told
from core.data.template import Template
from core.data.usable import Usable, Wanted, gather, split_rows, template_of
from core.database import connect
from core.errors import DataError
from core.text_safety import clip, visible
from core.workspace import Workspace

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_FEWEST = 10
_GROUP = "group"
"""A column of this name, also by `--map`, keeps its rows together without being asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A file that is to be split, as one scan of it found it."""

    path: Path
    scan: Scan
    salt: bytes
    work: Path
    """Folder on whose disk words may lie while they are compared."""
    where: Callable[[int], str]
    """Names a row."""
    tell: Tell
    """Hears what is being done."""


class _Made(NamedTuple):
    """A split that is decided."""

    draft: Draft
    lock: HoldoutLock
    left_out: dict[int, str]


def split_file(
    workspace: Workspace,
    source: Path,
    *,
    name: str,
    now: datetime,
    choices: Choices | None = None,
    new_version: bool = False,
    lineage: Lineage = (),
    where: Callable[[int], str] = "row {}".format,
    tell: Tell = silent,
) -> SplitResult:
    """Split a source into the workspace.

    The same source under the same name changes nothing; in a grown one every row that has a side
    keeps it, and what matches the holdout is quarantined. `new_version` lets the holdout grow. A
    row that was mended keeps its side: what `clean` wrote beside the source says which became
    which, and `lineage` says it (as keys under the workspace's salt) of rows edited otherwise.
    `where` names a row for a person, by its number in the source; `tell` hears what is being done.
    """
    choices = choices or Choices()
    _check(name)
    choices.shares()
    for scan in scan_file(source, Asked()):
        tell("checking rows", scan.bytes_read / max(scan.bytes_total, 1))
    salt = ensure_salt(workspace)
    given = _Source(path=source, scan=scan, salt=salt, work=workspace.data, where=where, tell=tell)
    folder = DatasetFolder(workspace.data / name)
    recover(folder)
    if folder.path.exists():
        cleaned = lineage_of_cleaned(source, scan.sha256, salt, partial(_seen, workspace))
        made = _grown(folder, given, choices, new_version=new_version, lineage=cleaned + lineage)
    else:
        made = _first(given, choices)
    parts = made.draft.parts
    at = made.draft.rows
    tell("writing the parts", None)
    write_folder(
        folder,
        Contents(
            train=[at[place] for place in parts.train],
            validation=[at[place] for place in parts.validation],
            holdout=[at[place] for place in parts.holdout],
            quarantine=[at[place] for place in made.draft.quarantined],
            lock=made.lock,
        ),
    )
    result = make_result(name, folder, made.draft, made.lock, made.left_out)
    _record(workspace, result, profile_of(scan), source.absolute(), now)
    return result


def _seen(workspace: Workspace, sha256: str) -> list[Path]:
    """Return where files of this hash lay when they were split."""
    with connect(workspace.database) as connection:
        asked = "SELECT source FROM datasets WHERE sha256 = ?"
        return [Path(source) for (source,) in connection.execute(asked, (sha256,))]


def _check(name: str) -> None:
    """Refuse a name that is no folder name."""
    if not _NAME.match(name):
        raise DataError(
            what=f"{clip(visible(name), 80)!r} is no name for a dataset.",
            why="Names have letters, digits, dots, dashes and underscores; 64 at most.",
            remedy="Choose another, for instance tickets-v1.",
        )


def _read(source: _Source, wanted: Wanted) -> Usable:
    """Return the rows of a source that can be split."""
    usable = Usable(salt=source.salt, wanted=wanted, words=Shelf(source.work), where=source.where)
    rows = told(read_rows(source.path), source.scan.bytes_total, "reading rows", source.tell)
    gather(usable, source.path, rows, source.scan.blocked)
    return usable


def _left_out(source: _Source, usable: Usable) -> dict[int, str]:
    """Return why each row is in no part, in their order."""
    return dict(sorted({**source.scan.blocked, **usable.left_out}.items()))


def _first(source: _Source, choices: Choices) -> _Made:
    """Return the first split of a source, or refuse rows that cannot be split."""
    unasked = choices.groups is None
    usable = _read(source, Wanted.of(choices, (_GROUP,) if unasked else choices.groups or ()))
    if unasked and _GROUP in usable.grouped:
        choices = replace(choices, groups=(_GROUP,))
    elif unasked:
        usable.rows = [replace(row, groups=()) if row.groups else row for row in usable.rows]
    usable.refuse_missing(choices.groups or ())
    template = template_of(usable)
    rows = split_rows(usable.rows, usable.words, template, source.work)
    draft = first_draft(rows, source.salt, choices, source.tell)
    parts = draft.parts
    if len(usable.rows) < _FEWEST or not (parts.train and parts.validation and parts.holdout):
        raise DataError(
            what=f"{visible(str(source.path))} has {len(usable.rows)} usable rows in"
            f" {draft.clusters} groups that must stay together: too few to split.",
            why="Train, validation and holdout each need rows that share no words and no input.",
            remedy="Collect more rows; `tuningfork inspect FILE` shows which are unusable and why.",
        )
    lock = _lock(source, draft, choices, template, None)
    return _Made(draft, lock, _left_out(source, usable))


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
                held, signatures(Some(draft.said, parts.holdout), source.salt), strict=True
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
    choices: Choices,
    *,
    new_version: bool,
    lineage: Lineage,
) -> _Made:
    """Return the split of a source whose earlier rows have their sides."""
    lock = read_lock(folder.lock)
    choices = choices.after(lock.parameters, new_version=new_version)
    usable = _read(source, Wanted.of(choices, choices.groups or ()))
    count = len(usable.rows)
    places = {row.keys.row: place for place, row in enumerate(usable.rows)}
    locked = _locked_rows(folder, lock, usable)
    held = {row.keys.row: row for row in locked.rows}
    usable.refuse_missing(choices.groups or (), locked)
    sides = _sides(folder, source.salt) | dict.fromkeys(held, "holdout")
    before = Ancestors(lineage)
    ancestors = {old for key in places for old in before.of(key)}
    missing = held.keys() - places.keys()
    if missing - ancestors and not new_version:
        raise _missing(folder.path.name, len(missing - ancestors), len(held))
    after = {row.keys.row: count + at for at, row in enumerate(locked.rows)}
    rows = [held.get(row.keys.row, row) for row in usable.rows]
    rows += [held[key] for key in sorted(missing)]
    words = Some(usable.words, [*range(count), *(after[key] for key in sorted(missing))])
    known = [sides.get(row.keys.row) for row in rows]
    edited = {
        place: side
        for place, row in enumerate(rows)
        if known[place] is None and (side := _inherited(before.of(row.keys.row), sides))
    }
    template = Template(salt=source.salt, runs=lock.template)
    draft = grown_draft(
        split_rows(rows, words, template, source.work),
        source.salt,
        choices,
        known=known,
        edited=edited,
        gone=frozenset(range(count, len(rows))),
        new_version=new_version,
        tell=source.tell,
    )
    now_held = {draft.rows[place].keys.row for place in draft.parts.holdout}
    if now_held != held.keys():
        lock = _lock(source, draft, choices, template, lock)
    return _Made(draft, lock, _left_out(source, usable))


def _locked_rows(folder: DatasetFolder, lock: HoldoutLock, beside: Usable) -> Usable:
    """Return the rows of the holdout, refused when they are not the locked ones.

    Their words go on the shelf behind those of the rows beside them.
    """
    held = Usable(salt=beside.salt, wanted=beside.wanted, words=beside.words)
    gather(held, folder.holdout, read_rows(folder.holdout), {})
    if merkle_root(row.keys.row for row in held.rows).hex() != lock.root:
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
        for row in read_rows(path):
            if row.example is not None:
                found[row_keys(row.example, salt).row] = side
    return found


def _inherited(before: Sequence[bytes], sides: Mapping[bytes, Side]) -> Side | None:
    """Return the side that an edited row had in an earlier form; the holdout's goes first."""
    had = [sides[key] for key in before if key in sides]
    return "holdout" if "holdout" in had else next(iter(had), None)


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


def _record(
    workspace: Workspace, result: SplitResult, profile: Profile, source: Path, now: datetime
) -> None:
    """Note dataset and split in the workspace; what is known already stays as it was."""
    at = now.isoformat()
    dataset = f"{result.name}-{profile.sha256[:12]}"
    summary = profile.as_json()
    counts = {key: summary[key] for key in ("verdict", "rows", "valid_rows", "format")}
    with connect(workspace.database) as connection:
        connection.execute(
            "INSERT INTO datasets VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (dataset, at, result.name, str(source), profile.sha256, json.dumps(counts)),
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
