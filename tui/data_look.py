"""What the workspace knows of its newest dataset, read for the Inspect screen."""

import json
import os
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from core.data.staging.kinds import DATA_SUFFIXES, data_suffix
from core.workspace import Workspace
from tui.answered_rows import AnsweredRows
from tui.counting import Countable
from tui.wording import inside

if TYPE_CHECKING:
    from core.data.formats import Vote
    from core.data.glimpse import Glimpse
    from core.data.line_index import LineIndex
    from core.data.overview import Overview
    from core.data.profile import Profile
    from core.data.scan.run import Scan
    from core.data.staging.source import Source

_GLIMPSE_S = 0.2
"""How long a file is read before what was found so far is shown."""


class RowsLook(NamedTuple):
    """Where the rows are that can be looked at one by one."""

    path: Path
    """The lines of JSON: the file itself, or its staged copy."""
    sha256: str
    """Of their bytes; "" while they are being read."""
    lines: "LineIndex"
    """Where each line begins."""


class _Known(NamedTuple):
    """What was read of a file."""

    profile: "Profile | None" = None
    seen: "Vote | None" = None
    mapped: bool = False
    rows: RowsLook | None = None
    overview: "Overview | None" = None
    glimpse: "Glimpse | None" = None


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
    seen: "Vote | None" = None
    """What the first rows say about their shape; None without a profile."""
    mapped: bool = False
    """Whether its columns were given roles."""
    rows: RowsLook | None = None
    """Its rows; None where there is no profile."""
    overview: "Overview | None" = None
    """Figures over all rows; None until the last one is read."""
    glimpse: "Glimpse | None" = None
    """The first rows, until some were checked; None for a file that does not lie in plain lines."""
    answered: Mapping[str, int] = field(default_factory=dict)
    """How many rows of a finding were answered, by its key; those without any are missing."""
    split: Mapping[str, Any] | None = None
    """What `split --json` printed; None before a split."""
    at: str = ""
    """When it was split, UTC."""

    @property
    def glimpsed(self) -> bool:
        """Whether no more than its first rows was seen yet."""
        return self.profile is None and self.glimpse is not None

    @property
    def countable(self) -> Countable | None:
        """Return whose tokens can be counted; None until a file without a split is read."""
        if self.split is not None:
            return Countable(self.name, self.at)
        known = self.profile is not None and self.profile.valid_rows > 0
        if not known or self.rows is None or not self.rows.sha256:
            return None
        return Countable(self.name, self.rows.sha256, self.rows.path)


class DataWatch:
    """Profiles the newest file, a little further at each look, again only when it changed."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._turn = Lock()
        self._left = False
        self._newest = ""
        """When the newest split was made."""
        self._stamp: object = None
        self._glimpsed = False
        """Whether the first file was looked at, which is done once."""
        self._waits = False
        """Whether no more is to be read before the first rows are painted."""
        self._source: Source | None = None
        self._reading: Generator[Scan, None, None] | None = None
        self._known = _Known()
        self._journals = AnsweredRows(workspace)
        self._wish: tuple[Path, str] | None = None

    def prefer(self, path: Path) -> None:
        """Look at this file until another split is made, from any thread."""
        self._wish = (path, self._newest)

    def look(self) -> DataLook | None:
        """Return the newest dataset, else the newest file of rows that lies about, else None."""
        look = self._look()
        if look is None or look.profile is None or look.rows is None:
            return look
        answered = self._journals.count(look.rows.sha256, look.profile.findings)
        return replace(look, answered=answered)

    def _look(self) -> DataLook | None:
        from core.database import connect_to_read

        query = (
            "SELECT datasets.name, source, sha256, counts, splits.created_at FROM splits"
            " JOIN datasets ON datasets.id = splits.dataset"
            " ORDER BY splits.created_at DESC, splits.rowid DESC LIMIT 1"
        )
        with connect_to_read(self._workspace.database) as connection:
            row = connection.execute(query).fetchone() if connection else None
        self._newest = row[4] if row else ""
        if self._wish is not None and self._wish[1] == self._newest and self._wish[0].exists():
            return self._alone(self._wish[0])
        if row is None:
            return self._unsplit()
        name, source, sha256, counts, at = row
        path = Path(source)
        if not path.is_absolute():
            path = self._workspace.root / path
        known = self._read(path)
        profile = known.profile
        return DataLook(
            name=name,
            source=path,
            place=inside(path, self._workspace.root),
            changed=profile is not None and profile.read == 1 and profile.sha256 != sha256,
            split=json.loads(counts),
            at=at,
            **known._asdict(),
        )

    def _unsplit(self) -> DataLook | None:
        """Return the newest file of rows in the workspace or its data folder."""
        root = self._workspace.root
        near = [*root.glob("*"), *self._workspace.data.glob("*")]
        files = [one for one in near if data_suffix(one.name) in DATA_SUFFIXES and one.is_file()]
        if not files:
            return None
        return self._alone(max(files, key=lambda file: (file.stat().st_mtime_ns, file.name)))

    def _alone(self, path: Path) -> DataLook:
        """Return a file that is no part of a split."""
        known = self._read(path)
        place = inside(path, self._workspace.root)
        return DataLook(name=path.name, source=path, place=place, **known._asdict())

    def leave(self) -> None:
        """End a reading that nobody waits for any more, from any thread."""
        self._left = True
        if self._turn.acquire(blocking=False):
            self._close()
            self._turn.release()

    def go_on(self) -> None:
        """Read on at the next look: the first rows are painted, from any thread."""
        self._waits = False

    def reads_on(self) -> bool:
        """Return whether there is more of the file to read at once."""
        return self._reading is not None

    def _close(self) -> None:
        if self._reading is not None:
            self._reading.close()
            self._reading = None

    def _read(self, path: Path) -> _Known:
        """Return what is known of a file as it is now, after reading a little further in it."""
        with self._turn:
            try:
                status = os.stat(path)
            except OSError:
                self._close()
                return _Known()
            kept = [(file.name, file.stat().st_mtime_ns) for file in self._mappings()]
            stamp = (path, status.st_size, status.st_mtime_ns, tuple(kept))
            if stamp != self._stamp:
                if self._waits or (not self._glimpsed and self._glimpse(path)):
                    return self._known
                self._begin(path)
                self._stamp = stamp
            self._read_on()
            if self._left:
                self._close()
            return self._known

    def _glimpse(self, path: Path) -> bool:
        """Return whether the first rows can be shown before what checks them is even loaded."""
        from core.data.glimpse import glimpse_of

        self._glimpsed = True
        seen = glimpse_of(path)
        if seen is not None:
            self._known = _Known(glimpse=seen)
            self._waits = True
        return self._waits

    def _begin(self, path: Path) -> None:
        """Read a file from its start."""
        from core.data.asked import Asked
        from core.data.scan.run import scan_file
        from core.data.sources import first_rows
        from core.data.staging.opening import open_source
        from core.data.staging.source import Options, StagingCancelled

        self._close()
        options = Options(remembered=self._workspace.mappings, cancelled=lambda: self._left)
        try:
            source = open_source(str(path), cache=self._workspace.source_cache, options=options)
        except StagingCancelled:
            self._known = _Known()
            return
        self._source = source
        self._known = _Known(seen=first_rows(source.jsonl), mapped=source.mapping is not None)
        self._reading = scan_file(source.jsonl, Asked())

    def _read_on(self) -> None:
        """Read for a moment and keep what is known by then."""
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
            self._keep(scan)

    def _keep(self, scan: "Scan") -> None:
        """Note what a scan found."""
        from core.data.overview import overview_of
        from core.data.profile import profile_of
        from core.data.staging.profiled import about_original

        source, seen = self._source, self._known.seen
        assert source is not None
        assert seen is not None
        sha256 = scan.sha256 if scan.is_over else ""
        self._known = self._known._replace(
            profile=about_original(profile_of(scan), source, seen),
            rows=RowsLook(source.jsonl, sha256, scan.index),
            overview=overview_of(scan.columns) if scan.columns is not None else None,
        )

    def _mappings(self) -> list[Path]:
        """Return the files that say what columns are; another one may change what rows are."""
        return sorted(self._workspace.mappings.glob("*.toml"))
