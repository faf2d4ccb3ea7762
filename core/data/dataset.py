"""A dataset's folder in the workspace: its parts, its lock, and the salt of its keys."""

import os
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes

from core.data.keys import SALT_BYTES
from core.data.part_manifest import NAME
from core.data.rows import Example
from core.data.sources import read_rows
from core.errors import DataError
from core.storage import replace_file, storage_error
from core.text_safety import visible
from core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class DatasetFolder:
    """Where the parts of one split lie."""

    path: Path

    @property
    def train(self) -> Path:
        """Rows that carry loss."""
        return self.path / "train.jsonl"

    @property
    def validation(self) -> Path:
        """Rows that pick checkpoints."""
        return self.path / "validation.jsonl"

    @property
    def holdout(self) -> Path:
        """Rows that only Score reads."""
        return self.path / "holdout.jsonl"

    @property
    def quarantine(self) -> Path:
        """Rows that match the holdout and are never trained on; there only when there are any."""
        return self.path / "quarantine.jsonl"

    @property
    def lock(self) -> Path:
        """The keys of the holdout."""
        return self.path / "holdout.lock"

    @property
    def manifest(self) -> Path:
        """Hashes and counts of the parts."""
        return self.path / NAME


def dataset_folder(workspace: Workspace, split: str) -> DatasetFolder:
    """Return the folder of a split given by its name in the workspace or by a path."""
    named = workspace.data / split
    return DatasetFolder(named if named.is_dir() else Path(split).absolute())


def read_part(path: Path) -> list[Example]:
    """Return the rows of a part; a part with a faulty row was changed by hand and is refused."""
    examples: list[Example] = []
    for row in read_rows(path):
        if row.example is None:
            raise DataError(
                what=f"{visible(str(path))}, row {row.number}, cannot be read.",
                why="Parts are written by a split from clean rows, so this one was changed since.",
                remedy="Split the source again under another name.",
            )
        examples.append(row.example)
    return examples


def read_salt(workspace: Workspace) -> bytes:
    """Return the workspace's salt, or say that it is gone."""
    path = _salt_path(workspace)
    try:
        salt = path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(
            what=f"The salt {visible(str(path))} is missing.",
            why="Without it no row can be compared with a holdout lock.",
            remedy="Put it back from a copy, or split the data again.",
        ) from error
    except OSError as error:
        raise storage_error(error, path, doing="read the salt") from error
    if len(salt) != SALT_BYTES:
        raise DataError(
            what=f"The salt {visible(str(path))} is damaged.",
            why=f"It has {len(salt)} bytes and should have {SALT_BYTES}.",
            remedy="Put it back from a copy, or split the data again.",
        )
    return salt


def ensure_salt(workspace: Workspace) -> bytes:
    """Return the workspace's salt, making it, readable by its owner alone, the first time."""
    path = _salt_path(workspace)
    if not path.exists():
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise storage_error(error, path.parent, doing="make the data folder") from error
        replace_file(path, token_bytes(SALT_BYTES), mode=0o600)
    elif path.stat().st_mode & 0o077:
        os.chmod(path, 0o600)
    return read_salt(workspace)


def _salt_path(workspace: Workspace) -> Path:
    """Return where the salt lies: never inside a dataset, which may be shared."""
    return workspace.data / "salt"
