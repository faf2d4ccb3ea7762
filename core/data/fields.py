"""Finds what a row says about itself beside its conversation: customer, source, date."""

from typing import Any

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


def missing_field(path: str) -> DataError:
    """Return the error for a path that no row has, which is most often a slip of the pen."""
    return DataError(
        what=f"No row has a field {clip(visible(path), _SHOWN)}.",
        why=f"It was looked for in each row and in its {_BESIDE}.",
        remedy="Write the path as it stands in the file, with dots: metadata.customer.",
    )


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
