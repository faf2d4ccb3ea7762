"""Finds what a row says about itself beside its conversation: customer, source, date."""

from collections.abc import Sequence
from typing import Any

from core.data.rows import Row
from core.errors import DataError
from core.text_safety import clip, visible

_BESIDE = "metadata"
_SHOWN = 80


def field(value: object, path: str) -> Any:
    """Return what stands at a dotted path of a row, or at that path of its metadata; else None."""
    found = _at(value, path)
    if found is None and isinstance(value, dict):
        found = _at(value.get(_BESIDE), path)
    return found


def field_of_any(rows: Sequence[Row], path: str) -> list[Any]:
    """Return the field of every row; a path that no row has is refused as a slip of the pen."""
    found = [field(row.value, path) for row in rows]
    if all(value is None for value in found):
        shown = clip(visible(path), _SHOWN)
        raise DataError(
            what=f"No row has a field {shown}.",
            why=f"It was looked for in each row and in its {_BESIDE}.",
            remedy="Write the path as it stands in the file, with dots: metadata.customer.",
        )
    return found


def as_text(value: object) -> str:
    """Return a field's value on one line, shortened, for names of strata."""
    return clip(visible(value if isinstance(value, str) else repr(value)), _SHOWN)


def _at(value: object, path: str) -> Any:
    """Return the value at a path through objects."""
    for name in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value
