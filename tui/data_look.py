"""What the workspace knows of its newest dataset, read for the Inspect screen."""

import json
import os
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from core.workspace import Workspace
from tui.wording import inside

if TYPE_CHECKING:
    from core.data.line_index import LineIndex
    from core.data.profile import Profile
    from core.data.scan.run import Scan

_GLIMPSE_S = 0.2
"""How long a file is read before what was found so far is shown."""


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
    profile: "Profile | None" = None
    """What is known so far; None when the file is gone."""
    index: "LineIndex | None" = None
    """Where the rows are; None where there is no profile."""
    split: Mapping[str, Any] | None = None
    """What `split --json` printed; None before a split."""
    at: str = ""
    """When it was split, UTC."""


class DataWatch:
    """Profiles the newest file, a little further at each look, again only when it changed."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._turn = Lock()
        self._left = False
        self._stamp: object = None
        self._reading: Generator[Scan, None, None] | None = None
        self._known: tuple[Profile | None, LineIndex | None] = (None, None)

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
            changed=profile is not None and profile.read == 1 and profile.sha256 != sha256,
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
            profile=profile,
            index=index,
        )

    def leave(self) -> None:
        """End a reading that nobody waits for any more, from any thread."""
        self._left = True
        if self._turn.acquire(blocking=False):
            self._close()
            self._turn.release()

    def _close(self) -> None:
        if self._reading is not None:
            self._reading.close()
            self._reading = None

    def reads_on(self) -> bool:
        """Return whether there is more of the file to read at once."""
        return self._reading is not None

    def _profile(self, path: Path) -> "tuple[Profile | None, LineIndex | None]":
        """Return what is known of a file as it is now, after reading a little further in it."""
        try:
            status = os.stat(path)
        except OSError:
            self._close()
            return None, None
        stamp = (path, status.st_size, status.st_mtime_ns)
        if stamp != self._stamp:
            self._begin(path)
            self._stamp = stamp
        with self._turn:
            self._read_on()
            if self._left:
                self._close()
        return self._known

    def _begin(self, path: Path) -> None:
        """Read a file from its start."""
        from core.data.asked import Asked
        from core.data.scan.run import scan_file

        self._close()
        self._known = (None, None)
        self._reading = scan_file(path, Asked())

    def _read_on(self) -> None:
        """Read for a moment and keep what is known by then."""
        from core.data.profile import profile_of

        if self._reading is None:
            return
        until = time.monotonic() + _GLIMPSE_S
        scan = None
        try:
            for scan in self._reading:
                if self._left or (time.monotonic() > until and not scan.is_over):
                    break
            else:
                self._reading = None
        except BaseException:
            self._reading = None
            raise
        if scan is not None:
            self._known = (profile_of(scan), scan.index)
