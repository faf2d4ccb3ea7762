"""Automatic measures of one answer: they inform and never decide alone."""

import json
from typing import NamedTuple


class Measured(NamedTuple):
    """What a program can tell about an answer."""

    exact: bool
    """Equal to the reference, spaces at the ends aside."""
    valid_json: bool
    """Parses as JSON."""
    same_format: bool
    """A JSON object with the keys of the reference, in its order; False when neither is one."""


def measure(answer: str, reference: str) -> Measured:
    """Return the measures of an answer against its reference."""
    valid, keys = _keys(answer)
    _, wanted = _keys(reference)
    return Measured(
        exact=answer.strip() == reference.strip(),
        valid_json=valid,
        same_format=keys is not None and keys == wanted,
    )


def _keys(text: str) -> tuple[bool, list[str] | None]:
    """Return whether a text is JSON, and its keys in order when it is an object."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False, None
    return True, list(value) if isinstance(value, dict) else None
