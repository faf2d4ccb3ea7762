"""Writes files so that a crash leaves the old content or the new, and says why when it can't."""

import errno
import os
from pathlib import Path

from core.errors import StorageError
from core.text_safety import visible

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def storage_error(error: OSError, path: Path, *, doing: str) -> StorageError:
    """Return the error a person can act on; `doing` completes "could not ..."."""
    shown = visible(str(path))
    if error.errno in _FULL:
        return StorageError(
            what=f"Could not {doing}: no space is left for {shown}.",
            why="The disk, the quota or the file size limit is used up. Nothing saved was lost.",
            remedy="Free some space (`df -h` shows where), then do it again.",
        )
    if error.errno in _FORBIDDEN:
        return StorageError(
            what=f"Could not {doing}: {shown} may not be written.",
            why="The folder is read-only or belongs to somebody else. Nothing was changed.",
            remedy="Give yourself write permission, or copy the workspace to a folder of yours.",
        )
    return StorageError(
        what=f"Could not {doing} at {shown}.",
        why=f"The system answered: {visible(error.strerror or str(error))}.",
        remedy="Check the path and the disk, then do it again.",
    )


def replace_file(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Put `content` at `path` in one step, safe on disk when this returns."""
    staged = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            staged.replace(path)
        finally:
            staged.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        raise storage_error(error, path, doing=f"write {path.name}") from error


def sync_folder(folder: Path) -> None:
    """Make the folder's list of names survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
