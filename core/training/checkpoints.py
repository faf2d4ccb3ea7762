"""Checkpoints that are whole or absent: staged, listed in a manifest, then put in place at once."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.storage import replace_file, storage_error, sync_folder

MANIFEST = "manifest.json"
_NAME = re.compile(r"step-(\d{8})\Z")
_STAGED = ".staged-"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A complete checkpoint on disk."""

    path: Path
    step: int

    @property
    def size(self) -> int:
        """Return its bytes."""
        return sum(file.stat().st_size for file in self.path.iterdir())


def save_checkpoint(folder: Path, step: int, write: Callable[[Path], None]) -> Checkpoint:
    """Let `write` fill a staged folder, then put it in place; nothing half-written is ever seen."""
    staged = folder / f"{_STAGED}{step:08d}"
    final = folder / f"step-{step:08d}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir()
        try:
            write(staged)
            replace_file(staged / MANIFEST, json.dumps(_hashes(staged, sync=True)).encode())
            shutil.rmtree(final, ignore_errors=True)
            staged.rename(final)
            sync_folder(folder)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    except OSError as error:
        raise storage_error(error, final, doing="save a checkpoint") from error
    return Checkpoint(final, step)


def _hashes(folder: Path, *, sync: bool) -> dict[str, str]:
    """Return the hash of every file but the manifest; with `sync`, make them safe on disk too."""
    found: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        if path.name == MANIFEST:
            continue
        with path.open("rb") as file:
            found[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
            if sync:
                os.fsync(file.fileno())
    return found


def list_checkpoints(folder: Path) -> list[Checkpoint]:
    """Return the checkpoints in place, oldest first, whether they are valid or not."""
    if not folder.is_dir():
        return []
    found = [(path, _NAME.match(path.name)) for path in folder.iterdir()]
    steps = [Checkpoint(path, int(match.group(1))) for path, match in found if match]
    return sorted(steps, key=lambda checkpoint: checkpoint.step)


def is_valid(checkpoint: Checkpoint) -> bool:
    """Whether every file is there and unchanged."""
    try:
        manifest = json.loads((checkpoint.path / MANIFEST).read_bytes())
        return bool(manifest) and manifest == _hashes(checkpoint.path, sync=False)
    except (OSError, ValueError):
        return False


def newest_valid(folder: Path) -> Checkpoint | None:
    """Return where to go on from; damaged ones and leftovers of a crash are moved aside."""
    for leftover in folder.glob(f"{_STAGED}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    for checkpoint in reversed(list_checkpoints(folder)):
        if is_valid(checkpoint):
            return checkpoint
        checkpoint.path.rename(folder / f"damaged-{checkpoint.path.name}-{os.getpid()}")
    return None


def prune(folder: Path, *, keep: int, best_step: int | None) -> None:
    """Remove all but the newest `keep` and the best."""
    checkpoints = list_checkpoints(folder)
    for checkpoint in checkpoints[:-keep]:
        if checkpoint.step != best_step:
            shutil.rmtree(checkpoint.path, ignore_errors=True)
