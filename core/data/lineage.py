"""Follows rows through cleaning, so that an edited holdout row stays a holdout row."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from core.data.keys import row_keys
from core.data.sources import file_sha256, to_row
from core.data.triage.clean import beside, numbered_lines
from core.data.triage.journal import read
from core.data.triage.replay import plan
from core.errors import DataError

Lineage = tuple[tuple[bytes, bytes], ...]
"""Keys of rows before and after an edit; one row may have become several, and several one."""
Find = Callable[[str], Sequence[Path]]
"""Gives the places where a source of this hash was seen."""

_MOST_TIMES = 20
"""How often a file may have been cleaned, one time after the other."""


def lineage_of(edits: Iterable[tuple[bytes, bytes]], salt: bytes) -> Lineage:
    """Return, for lines before and after an edit, which row keys became which.

    A line that is no conversation before or after has no key and no lineage.
    """
    found: list[tuple[bytes, bytes]] = []
    for before, after in edits:
        was, now = (to_row(line, number=1).example for line in (before, after))
        if was is not None and now is not None:
            old, new = row_keys(was, salt).row, row_keys(now, salt).row
            if old != new:
                found.append((old, new))
    return tuple(found)


class Ancestors:
    """Knows the keys that rows had before they were edited."""

    def __init__(self, lineage: Lineage) -> None:
        self._before: dict[bytes, list[bytes]] = defaultdict(list)
        for old, new in lineage:
            self._before[new].append(old)

    def of(self, key: bytes) -> list[bytes]:
        """Return the earlier keys of a row, the latest first; rows that became equal share all."""
        found: list[bytes] = []
        waiting = list(self._before.get(key, ()))
        while waiting:
            one = waiting.pop(0)
            if one != key and one not in found:
                found.append(one)
                waiting += self._before.get(one, ())
        return found


def lineage_of_cleaned(file: Path, sha256: str, salt: bytes, find: Find) -> Lineage:
    """Return which row keys became which when this file was cleaned, and its source before it.

    Nothing for a file that `tuningfork clean` did not write, or that was changed since. Where the
    source is gone its rows cannot be named: then a locked row that was edited is missing.
    """
    found: Lineage = ()
    for _ in range(_MOST_TIMES):
        manifest = _manifest(file, sha256)
        source = None if manifest is None else _source(file, manifest, find)
        if manifest is None or source is None:
            break
        found += lineage_of(_edits(source, file, manifest), salt)
        file, sha256 = source, manifest["source"]["sha256"]
    return found


def _manifest(file: Path, sha256: str) -> dict[str, Any] | None:
    """Return what cleaning noted beside a file of this hash."""
    try:
        manifest: dict[str, Any] = json.loads(beside(file, ".manifest.json").read_bytes())
        named = [manifest["source"]["name"], manifest["source"]["sha256"], manifest["journal"]]
        return manifest if manifest["rows"]["sha256"] == sha256 and all(named) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _source(file: Path, manifest: dict[str, Any], find: Find) -> Path | None:
    """Return the file that was cleaned, where it still is as it was then."""
    wanted = str(manifest["source"]["sha256"])
    near = file.with_name(Path(str(manifest["source"]["name"])).name)
    for path in (near, *find(wanted)):
        try:
            if file_sha256(path) == wanted:
                return path
        except DataError:
            continue
    return None


def _edits(source: Path, file: Path, manifest: dict[str, Any]) -> Iterator[tuple[bytes, bytes]]:
    """Yield each line that was mended, before and after."""
    path = beside(file, ".journal.jsonl")
    journal = read(path)
    same = journal.opening.source == manifest["source"]["sha256"]
    if not same or journal.end.hex() != manifest["journal"].get("end"):
        raise DataError(
            what=f"The journal beside {file.name} is not the one that the file was made with.",
            why="Which rows were edited cannot be told, so a holdout row could end in train.",
            remedy="Clean the source again, then split what that writes.",
        )
    todo = plan(journal.standing.steps)
    for row, line in numbered_lines(source):
        if row in todo.changes:
            mended = todo.mended(row, line)
            if mended is not None and mended != line:
                yield line, mended
