"""Puts the folder of a split in place whole: a crash leaves the old one or the new."""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from core.data.dataset import DatasetFolder
from core.data.holdout_lock import HoldoutLock, lock_bytes, read_lock
from core.data.rows import Row
from core.data.split_row import SplitRow
from core.storage import replace_file, storage_error, sync_folder

_LOCK_MODE = 0o444


class Contents(NamedTuple):
    """What a split's folder holds."""

    train: Sequence[SplitRow]
    validation: Sequence[SplitRow]
    holdout: Sequence[SplitRow]
    quarantine: Sequence[SplitRow]
    lock: HoldoutLock


def recover(folder: DatasetFolder) -> None:
    """Put back what a killed split had moved out of the way."""
    before = _before(folder.path)
    if before.exists() and not folder.path.exists():
        before.rename(folder.path)


def write_folder(folder: DatasetFolder, contents: Contents) -> None:
    """Write every part; a folder that holds just this already stays untouched."""
    if folder.path.exists() and _holds(folder, contents):
        return
    staged = DatasetFolder(folder.path.with_name(f".{folder.path.name}.{os.getpid()}.new"))
    try:
        staged.path.mkdir(mode=0o700)
        try:
            for path, content, mode in _files(staged, contents):
                replace_file(path, content, mode=mode)
            _keep_locks(folder, staged, contents.lock)
            if folder.path.exists():
                before = _before(folder.path)
                shutil.rmtree(before, ignore_errors=True)
                folder.path.rename(before)
                staged.path.rename(folder.path)
                shutil.rmtree(before, ignore_errors=True)
            else:
                staged.path.rename(folder.path)
            sync_folder(folder.path.parent)
        finally:
            shutil.rmtree(staged.path, ignore_errors=True)
    except OSError as error:
        raise storage_error(error, folder.path, doing="write the split") from error


def _files(folder: DatasetFolder, contents: Contents) -> list[tuple[Path, bytes, int]]:
    """Return every file with its content and mode."""
    files = [
        (folder.train, _lines(contents.train), 0o600),
        (folder.validation, _lines(contents.validation), 0o600),
        (folder.holdout, _lines(contents.holdout), 0o400),
        (folder.lock, lock_bytes(contents.lock), _LOCK_MODE),
    ]
    if contents.quarantine:
        files.append((folder.quarantine, _lines(contents.quarantine), 0o400))
    return files


def _lines(rows: Sequence[SplitRow]) -> bytes:
    """Return rows as lines, in an order that is not the source's."""
    ordered = sorted(rows, key=lambda one: one.keys.row)
    return b"".join(_line(one.row) + b"\n" for one in ordered)


def _line(row: Row) -> bytes:
    """Return a row as it stood in its file, or as JSON where that was a table."""
    if row.raw.lstrip().startswith(b"{"):
        return row.raw
    return json.dumps(row.value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _holds(folder: DatasetFolder, contents: Contents) -> bool:
    """Whether the folder is what would be written."""
    files = _files(folder, contents)
    if folder.quarantine.exists() != bool(contents.quarantine):
        return False
    return all(path.is_file() and path.read_bytes() == content for path, content, _ in files)


def _keep_locks(folder: DatasetFolder, staged: DatasetFolder, lock: HoldoutLock) -> None:
    """Take the locks of earlier versions along, so that the chain can be followed."""
    if not folder.lock.exists():
        return
    for path in folder.path.glob("holdout.*.lock"):
        replace_file(staged.path / path.name, path.read_bytes(), mode=_LOCK_MODE)
    was = read_lock(folder.lock)
    if was.version != lock.version:
        name = staged.path / f"holdout.{was.version}.lock"
        replace_file(name, lock_bytes(was), mode=_LOCK_MODE)


def _before(path: Path) -> Path:
    """Return where a folder waits while another takes its name."""
    return path.with_name(f".{path.name}.before")
