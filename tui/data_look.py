"""What the workspace knows of its newest dataset, read for the Inspect screen."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.workspace import Workspace
from tui.wording import inside

if TYPE_CHECKING:
    from core.data.line_index import LineIndex
    from core.data.profile import Profile

LARGEST = 32 * 1024 * 1024
"""Bytes of a file that is profiled while somebody waits; larger ones take the command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataLook:
    """A source file, what is wrong with it, and how it was split."""

    name: str
    """Of the dataset; the file's name while it has none. Not yet safe to show."""
    source: Path
    place: str
    """The path inside the workspace."""
    changed: bool = False
    """Whether the file is another one than the one that was split."""
    too_large: bool = False
    profile: "Profile | None" = None
    """None when the file is gone or too large to be read now."""
    index: "LineIndex | None" = None
    """Where the rows are; None where there is no profile."""
    split: Mapping[str, Any] | None = None
    """What `split --json` printed; None before a split."""
    at: str = ""
    """When it was split, UTC."""


class DataWatch:
    """Profiles the newest file again only when it changed."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known: tuple[object, Profile, LineIndex] | None = None

    def look(self) -> DataLook | None:
        """Return the newest dataset, else the newest file of rows that lies about, else None."""
        from core.database import connect_to_read

        query = (
            "SELECT datasets.name, source, sha256, counts, splits.created_at FROM splits"
            " JOIN datasets ON datasets.id = splits.dataset"
            " ORDER BY splits.created_at DESC, splits.rowid DESC LIMIT 1"
        )
        with connect_to_read(self._workspace.database) as connection:
            row = connection.execute(query).fetchone() if connection else None
        if row is None:
            return self._unsplit()
        name, source, sha256, counts, at = row
        path = Path(source)
        if not path.is_absolute():
            path = self._workspace.root / path
        profile, index = self._profile(path)
        return DataLook(
            name=name,
            source=path,
            place=inside(path, self._workspace.root),
            changed=profile is not None and profile.sha256 != sha256,
            too_large=_size(path) > LARGEST,
            profile=profile,
            index=index,
            split=json.loads(counts),
            at=at,
        )

    def _unsplit(self) -> DataLook | None:
        """Return the newest file of rows in the workspace or its data folder."""
        root = self._workspace.root
        files = [*root.glob("*.jsonl"), *self._workspace.data.glob("*.jsonl")]
        if not files:
            return None
        newest = max(files, key=lambda file: (file.stat().st_mtime_ns, file.name))
        profile, index = self._profile(newest)
        return DataLook(
            name=newest.name,
            source=newest,
            place=inside(newest, root),
            too_large=_size(newest) > LARGEST,
            profile=profile,
            index=index,
        )

    def _profile(self, path: Path) -> "tuple[Profile | None, LineIndex | None]":
        """Return profile and lines of a file as it is now, or nothing where it cannot be had."""
        from core.data.line_index import LineIndex
        from core.data.profile import inspect_file

        try:
            status = os.stat(path)
        except OSError:
            return None, None
        if status.st_size > LARGEST:
            return None, None
        stamp = (path, status.st_size, status.st_mtime_ns)
        if self._known is None or self._known[0] != stamp:
            self._known = (stamp, inspect_file(path), LineIndex.build(path))
        return self._known[1:]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
