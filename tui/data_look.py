"""What the workspace knows of its newest dataset, read for the Inspect screen."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from core.data.staging.kinds import DATA_SUFFIXES, data_suffix
from core.workspace import Workspace
from tui.wording import inside

if TYPE_CHECKING:
    from core.data.formats import Vote
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
    seen: "Vote | None" = None
    """What the first rows say about their shape; None without a profile."""
    mapped: bool = False
    """Whether its columns were given roles."""
    split: Mapping[str, Any] | None = None
    """What `split --json` printed; None before a split."""
    at: str = ""
    """When it was split, UTC."""


class _Known(NamedTuple):
    """What was read of a file."""

    profile: "Profile | None" = None
    seen: "Vote | None" = None
    mapped: bool = False


class DataWatch:
    """Profiles the newest file again only when it changed."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known: tuple[object, _Known] | None = None

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
        profile, seen, mapped = self._read(path)
        return DataLook(
            name=name,
            source=path,
            place=inside(path, self._workspace.root),
            changed=profile is not None and profile.sha256 != sha256,
            too_large=_size(path) > LARGEST,
            profile=profile,
            seen=seen,
            mapped=mapped,
            split=json.loads(counts),
            at=at,
        )

    def _unsplit(self) -> DataLook | None:
        """Return the newest file of rows in the workspace or its data folder."""
        root = self._workspace.root
        near = [*root.glob("*"), *self._workspace.data.glob("*")]
        files = [one for one in near if data_suffix(one.name) in DATA_SUFFIXES and one.is_file()]
        if not files:
            return None
        newest = max(files, key=lambda file: (file.stat().st_mtime_ns, file.name))
        profile, seen, mapped = self._read(newest)
        return DataLook(
            name=newest.name,
            source=newest,
            place=inside(newest, root),
            too_large=_size(newest) > LARGEST,
            profile=profile,
            seen=seen,
            mapped=mapped,
        )

    def _read(self, path: Path) -> _Known:
        """Return the profile of a file as it is now, and its shape; nothing where it is gone."""
        from core.data.profile import inspect_file
        from core.data.sources import first_rows
        from core.data.staging.opening import open_source
        from core.data.staging.profiled import about_original
        from core.data.staging.source import Options

        try:
            status = os.stat(path)
        except OSError:
            return _Known()
        if status.st_size > LARGEST:
            return _Known()
        kept = [(file.name, file.stat().st_mtime_ns) for file in self._mappings()]
        stamp = (path, status.st_size, status.st_mtime_ns, tuple(kept))
        if self._known is None or self._known[0] != stamp:
            options = Options(remembered=self._workspace.mappings)
            source = open_source(str(path), cache=self._workspace.source_cache, options=options)
            seen = first_rows(source.jsonl)
            profile = about_original(inspect_file(source.jsonl), source, seen)
            self._known = (stamp, _Known(profile, seen, source.mapping is not None))
        return self._known[1]

    def _mappings(self) -> list[Path]:
        """Return the files that say what columns are; another one may change what rows are."""
        return sorted(self._workspace.mappings.glob("*.toml"))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
