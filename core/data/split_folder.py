"""Puts the folder of a split in place whole: a crash leaves the old one or the new."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from core.data.dataset import DatasetFolder
from core.data.holdout_lock import HoldoutLock, lock_bytes, read_lock
from core.data.part_manifest import Part, manifest_bytes
from core.data.sources import to_row
from core.data.split_row import SplitRow, read_lines
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
    staged = DatasetFolder(folder.path.with_name(f".{folder.path.name}.{os.getpid()}.new"))
    try:
        shutil.rmtree(staged.path, ignore_errors=True)
        staged.path.mkdir(mode=0o700)
        try:
            _write(staged, contents)
            if folder.path.exists():
                if _same(folder, staged):
                    return
                _keep_locks(folder, staged, contents.lock)
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


def _write(folder: DatasetFolder, contents: Contents) -> None:
    """Write every file of a split, the manifest last."""
    wanted = [
        (folder.train, contents.train, 0o600),
        (folder.validation, contents.validation, 0o600),
        (folder.holdout, contents.holdout, 0o400),
    ]
    if contents.quarantine:
        wanted.append((folder.quarantine, contents.quarantine, 0o400))
    parts = {path.name: _write_rows(path, rows, mode) for path, rows, mode in wanted}
    lock = lock_bytes(contents.lock)
    replace_file(folder.lock, lock, mode=_LOCK_MODE)
    parts[folder.lock.name] = Part(
        rows=len(contents.lock.rows), sha256=hashlib.sha256(lock).hexdigest()
    )
    replace_file(folder.manifest, manifest_bytes(parts), mode=_LOCK_MODE)


def _write_rows(path: Path, rows: Sequence[SplitRow], mode: int) -> Part:
    """Write rows in an order that is not the source's; return what the manifest says of them."""
    digest = hashlib.sha256()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        for line in _lines(rows):
            file.write(line)
            digest.update(line)
        file.flush()
        os.fsync(file.fileno())
    return Part(rows=len(rows), sha256=digest.hexdigest())


def _lines(rows: Sequence[SplitRow]) -> Iterator[bytes]:
    """Yield each row as it stands in its file, or as JSON where more than that stands there."""
    for line in read_lines(sorted(rows, key=lambda one: one.keys.row)):
        if line.lstrip().startswith(b"{"):
            yield line + b"\n"
        else:
            value = to_row(line, number=1).value
            yield json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


def _same(folder: DatasetFolder, staged: DatasetFolder) -> bool:
    """Whether a folder holds what is staged, byte for byte."""
    names = {path.name for path in staged.path.iterdir()}
    there = {path.name for path in folder.path.iterdir()}
    if not names <= there or folder.quarantine.exists() != staged.quarantine.exists():
        return False
    return all(_hash(folder.path / name) == _hash(staged.path / name) for name in sorted(names))


def _hash(path: Path) -> bytes:
    """Return the hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


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
