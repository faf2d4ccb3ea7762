"""What is put down in a study beside its logs: who did what with it, when and why, a line each."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import DataError, UsageError
from core.scoring.study.canonical import canonical
from core.storage import replace_file, storage_error

SHORTEST_REASON = 10
LONGEST_REASON = 300


def read_record(path: Path, *fields: str) -> list[dict[str, Any]]:
    """Return the lines of a record, oldest first, each with `at`, `by` and these fields."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise storage_error(error, path, doing="read what was recorded") from error
    try:
        lines = [json.loads(line) for line in content.splitlines()]
        for line in lines:
            for field in ("at", "by", *fields):
                line[field]
    except (ValueError, KeyError, TypeError) as broken:
        raise DataError(
            what=f"{path.name} of {path.parent.name} cannot be read.",
            why="The record was changed by something else.",
            remedy="Put back the file as it was written.",
        ) from broken
    return lines


def add_to_record(path: Path, entry: Mapping[str, object]) -> None:
    """Add a line, safe on disk when this returns."""
    try:
        before = path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise storage_error(error, path, doing="read what was recorded") from error
    replace_file(path, before + canonical(entry) + b"\n")


def check_reason(reason: str, *, after: str, why: str) -> None:
    """Refuse a reason that says nothing, or a whole story."""
    length = len(reason.strip())
    if not SHORTEST_REASON <= length <= LONGEST_REASON:
        raise UsageError(
            what=f"The reason {after} has {length} characters.",
            why=why,
            remedy=f"Write {SHORTEST_REASON} to {LONGEST_REASON} characters.",
        )
