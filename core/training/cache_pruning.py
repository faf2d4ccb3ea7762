"""Keeps the token cache from growing without end: what was used least recently goes first."""

import fcntl
import os
import shutil
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.workspace import Workspace

DEFAULT_GB = 20.0
_GB = 1024**3
_SETTING = ("cache", "tokens_gb")
"""Table and name in the workspace's settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheSize:
    """What the token cache takes."""

    folders: int
    bytes: int
    limit: int
    """Bytes above which the oldest are removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cached:
    """One folder of tokens."""

    folder: Path
    bytes: int
    used: float
    """When it was last opened."""


def cache_size(workspace: Workspace) -> CacheSize:
    """Return what the tokens of a workspace take on disk."""
    found = _cached(workspace)
    return CacheSize(
        folders=len(found), bytes=sum(one.bytes for one in found), limit=_limit(workspace)
    )


def prune_cache(workspace: Workspace, *, keep: Path) -> int:
    """Remove what was used least recently until the rest is small enough; return the bytes freed.

    `keep`, and what any process has open, stays; that may leave more than the limit.
    """
    found = sorted(_cached(workspace), key=lambda one: one.used)
    over = sum(one.bytes for one in found) - _limit(workspace)
    freed = 0
    for one in found:
        if freed >= over:
            break
        if one.folder != keep and _removed(one.folder):
            freed += one.bytes
    return freed


def _limit(workspace: Workspace) -> int:
    """Return the bytes that the workspace's settings allow; what is no number counts as unset."""
    table, name = _SETTING
    try:
        settings = tomllib.loads(workspace.config.read_text()).get(table)
    except (OSError, ValueError):
        settings = None
    said = settings.get(name) if isinstance(settings, dict) else None
    usable = isinstance(said, int | float) and not isinstance(said, bool) and said >= 0
    return int((said if usable else DEFAULT_GB) * _GB)  # type: ignore[operator]


def _cached(workspace: Workspace) -> list[_Cached]:
    """Return every whole folder; one that goes meanwhile is left out."""
    found = []
    for about in workspace.token_cache.glob("[!.]*/about.json"):
        with suppress(OSError):
            files = [entry.stat() for entry in os.scandir(about.parent) if entry.is_file()]
            size = sum(file.st_blocks * 512 for file in files)
            found.append(_Cached(folder=about.parent, bytes=size, used=about.stat().st_mtime))
    return found


def _removed(folder: Path) -> bool:
    """Remove a folder unless somebody has it open; return whether it is gone."""
    try:
        descriptor = os.open(folder / "about.json", os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        away = folder.with_name(f".{folder.name}.{os.getpid()}.pruned")
        folder.rename(away)
        shutil.rmtree(away, ignore_errors=True)
    except OSError:  # in use, or a file system that cannot tell
        return False
    finally:
        os.close(descriptor)
    return True
