"""A folder that appears whole or not at all, with a manifest of every file in it."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.release.spec import check_free
from core.storage import replace_file, storage_error, sync_folder

MANIFEST = "manifest.json"


@contextmanager
def staged(destination: Path, owner: str) -> Iterator[Path]:
    """Yield a folder beside the destination; it is removed unless `put_in_place` was called.

    `owner` is the job, so that its next attempt finds and clears what a killed one left.
    """
    folder = destination.with_name(f".{destination.name}.{owner}.staged")
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        yield folder
    except OSError as error:
        raise storage_error(error, destination, doing="export") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put_in_place(folder: Path, destination: Path, facts: dict[str, Any]) -> None:
    """Write the manifest, make every byte safe on disk, and give the folder its name."""
    manifest = facts | {"files": file_hashes(folder, sync=True)}
    content = json.dumps(manifest, indent=2, ensure_ascii=False, sort_keys=True)
    replace_file(folder / MANIFEST, content.encode(), mode=0o644)
    check_free(destination)
    folder.rename(destination)
    sync_folder(destination.parent)


def file_hashes(folder: Path, *, sync: bool = False) -> dict[str, dict[str, int | str]]:
    """Return size and hash of every file but the manifest, by its path inside the folder."""
    found: dict[str, dict[str, int | str]] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path == folder / MANIFEST:
            continue
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            if sync:
                os.fsync(file.fileno())
        name = path.relative_to(folder).as_posix()
        found[name] = {"bytes": path.stat().st_size, "sha256": digest}
    return found


def made_by(destination: Path) -> str | None:
    """Return the job whose export lies there; None when it is no export."""
    try:
        manifest = json.loads((destination / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None
    job = manifest.get("export_job") if isinstance(manifest, dict) else None
    return job if isinstance(job, str) else None
