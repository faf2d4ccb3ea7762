"""Sees that texts past their deadline go, also where no gateway has been running."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from core.errors import TuningforkError
from core.release.releases import ReleaseFolder, read_plan, release_folders
from core.text_safety import visible
from core.workspace import Workspace

_DAY = 86_400
_QUIET_SECONDS = 60.0


def sweep_overdue(workspace: Workspace, now: float) -> tuple[str, ...]:
    """Delete what is due in every release; return a line for each where that failed.

    Where nothing is due this reads one row of each log.
    """
    return tuple(_swept(workspace, now))


def _swept(workspace: Workspace, now: float) -> Iterator[str]:
    for folder in release_folders(workspace):
        try:
            if _is_overdue(folder, now):
                # Knows all detectors, so it is loaded only when there is something to delete.
                from core.release.gateway.log_file import sweep_log

                sweep_log(folder.log, read_plan(folder.plan).log, now)
        except TuningforkError as error:
            yield f"{visible(folder.name)}: texts past their deadline are not gone: {error.why}"


def _is_overdue(folder: ReleaseFolder, now: float) -> bool:
    """Return whether the oldest entry is older than its release keeps it, or could be left over."""
    oldest = _oldest(folder.log)
    if _has_old_journal(folder.log, now):
        return True
    return oldest is not None and oldest < now - read_plan(folder.plan).log.days * _DAY


def _has_old_journal(log: Path, now: float) -> bool:
    """Return whether a journal lies there unwritten: a gateway that was killed leaves one.

    It may hold what was deleted a moment before the kill.
    """
    try:
        found = log.with_name(f"{log.name}-wal").stat()
    except OSError:
        return False
    return found.st_size > 0 and found.st_mtime < now - _QUIET_SECONDS


def _oldest(log: Path) -> float | None:
    """Return when the oldest entry came; None where there is none, or nothing can be read."""
    if not log.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{log.absolute().as_uri()}?mode=ro", uri=True)) as database:
            (found,) = database.execute("SELECT MIN(at) FROM entry").fetchone()
    except sqlite3.Error:
        return None
    return None if found is None else float(found)
