"""Makes a split: train, validation and a holdout that is locked from here on."""

import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.data.checking import blocked_rows
from core.data.clusters import Parts, Shares, divide
from core.data.dataset import DatasetFolder, ensure_salt
from core.data.holdout_lock import HoldoutLock, lock_bytes, make_lock, read_lock
from core.data.keys import RowKeys, row_keys
from core.data.profile import Profile, profile_rows
from core.data.rows import Row
from core.data.similarity import NEAR, example_shingles, highest_similarity, similar_pairs
from core.data.sources import file_sha256, read_rows
from core.database import connect
from core.errors import DataError
from core.storage import replace_file, storage_error
from core.text_safety import clip, visible
from core.workspace import Workspace

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_FEWEST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitResult:
    """What a split made."""

    name: str
    folder: DatasetFolder
    train: int
    validation: int
    holdout: int
    left_out: dict[int, str]
    """Rows of the source that are in no part, with the reason."""
    clusters: int
    max_cross_similarity: float | None
    """Largest 5-word Jaccard similarity between a holdout row and any other; None: not measured."""
    root: str
    """Merkle root of the holdout."""

    def as_json(self) -> dict[str, object]:
        """Return the contract of `split --json`."""
        return {
            "train": self.train,
            "validation": self.validation,
            "holdout": self.holdout,
            "quarantined": 0,
            "lock": str(self.folder.lock),
            "clusters": self.clusters,
            "max_cross_similarity": self.max_cross_similarity,
            "name": self.name,
            "folder": str(self.folder.path),
            "root": self.root,
            "left_out": [{"row": row, "reason": why} for row, why in self.left_out.items()],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A split that is decided and not written."""

    rows: list[Row]
    pieces: list[frozenset[tuple[str, ...]]]
    parts: Parts
    left_out: dict[int, str]
    lock: HoldoutLock


def split_file(
    workspace: Workspace,
    source: Path,
    *,
    name: str,
    now: datetime,
    shares: Shares | None = None,
) -> SplitResult:
    """Split a source into the workspace; the same source under the same name changes nothing."""
    shares = shares or Shares()
    _check(name, shares)
    rows = list(read_rows(source))
    sha256 = file_sha256(source)
    draft = _draft(rows, salt=ensure_salt(workspace), sha256=sha256, shares=shares, source=source)
    folder = DatasetFolder(workspace.data / name)
    if folder.path.exists():
        if read_lock(folder.lock) != draft.lock:
            raise _locked(name)
    else:
        _write(folder, draft)
    result = _result(name, folder, draft)
    _record(workspace, result, profile_rows(rows, source=source.absolute(), sha256=sha256), now)
    return result


def _check(name: str, shares: Shares) -> None:
    """Refuse a name that is no folder name and shares that leave nothing to train."""
    if not _NAME.match(name):
        raise DataError(
            what=f"{clip(visible(name), 80)!r} is no name for a dataset.",
            why="Names have letters, digits, dots, dashes and underscores; 64 at most.",
            remedy="Choose another, for instance tickets-v1.",
        )
    if not (0 < shares.validation < 1 and 0 < shares.holdout < 1):
        raise DataError(
            what=f"The shares {shares.validation} and {shares.holdout} cannot be used.",
            why="Validation and holdout each need a share between 0 and 1.",
            remedy="Use 0.1 for validation and 0.15 for the holdout.",
        )


def _draft(
    rows: Sequence[Row], *, salt: bytes, sha256: str, shares: Shares, source: Path
) -> _Draft:
    """Return the split of these rows, or refuse rows that cannot be split."""
    left_out = blocked_rows(rows)
    usable: list[Row] = []
    keys: list[RowKeys] = []
    first: dict[bytes, int] = {}
    for row in rows:
        if row.example is None or row.number in left_out:
            continue
        key = row_keys(row.example, salt)
        if key.row in first:
            left_out[row.number] = f"duplicate: has the same content as row {first[key.row]}"
            continue
        first[key.row] = row.number
        usable.append(row)
        keys.append(key)
    pieces = [example_shingles(row.example) for row in usable if row.example]
    near = similar_pairs(pieces)
    parts = divide(keys, salt=salt, shares=shares, near=near or ())
    if len(usable) < _FEWEST or not (parts.train and parts.validation and parts.holdout):
        raise DataError(
            what=f"{visible(str(source))} has {len(usable)} usable rows in {parts.clusters} groups"
            " that must stay together: too few to split.",
            why="Train, validation and holdout each need rows that share no words and no input.",
            remedy="Collect more rows; `tuningfork inspect FILE` shows which are unusable and why.",
        )
    counts = (
        f"train {len(parts.train)} validation {len(parts.validation)} holdout {len(parts.holdout)}"
    )
    lock = make_lock(
        (keys[place] for place in parts.holdout),
        salt=salt,
        source_sha256=sha256,
        counts=counts,
        near="not compared: too many rows" if near is None else f"{NEAR}",
    )
    return _Draft(rows=usable, pieces=pieces, parts=parts, left_out=left_out, lock=lock)


def _write(folder: DatasetFolder, draft: _Draft) -> None:
    """Put the folder in place in one step, so that no half split is ever seen."""
    staged = DatasetFolder(folder.path.with_name(f".{folder.path.name}.{os.getpid()}.new"))
    try:
        staged.path.mkdir(mode=0o700)
        try:
            for path, places, mode in (
                (staged.train, draft.parts.train, 0o600),
                (staged.validation, draft.parts.validation, 0o600),
                (staged.holdout, draft.parts.holdout, 0o400),
            ):
                lines = b"".join(draft.rows[place].raw + b"\n" for place in places)
                replace_file(path, lines, mode=mode)
            replace_file(staged.lock, lock_bytes(draft.lock), mode=0o444)
            staged.path.rename(folder.path)
        finally:
            shutil.rmtree(staged.path, ignore_errors=True)
    except OSError as error:
        raise storage_error(error, folder.path, doing="write the split") from error


def _locked(name: str) -> DataError:
    """Return the error for a name whose holdout would change."""
    return DataError(
        what=f"The dataset {name} has a locked holdout that this split would change.",
        why="Scores on one holdout cannot be compared with scores on another.",
        remedy="Give the split another name with --name.",
    )


def _result(name: str, folder: DatasetFolder, draft: _Draft) -> SplitResult:
    """Return what was made, with the border measured."""
    pieces = draft.pieces
    outside = (*draft.parts.train, *draft.parts.validation)
    similarity = highest_similarity(
        [pieces[place] for place in draft.parts.holdout], [pieces[place] for place in outside]
    )
    return SplitResult(
        name=name,
        folder=folder,
        train=len(draft.parts.train),
        validation=len(draft.parts.validation),
        holdout=len(draft.parts.holdout),
        left_out=dict(sorted(draft.left_out.items())),
        clusters=draft.parts.clusters,
        max_cross_similarity=None if similarity is None else round(similarity, 4),
        root=draft.lock.root,
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
                f"{result.name}-{result.root[:12]}",
                at,
                dataset,
                str(result.folder.path.relative_to(workspace.root)),
                result.root,
                json.dumps(result.as_json()),
            ),
        )
