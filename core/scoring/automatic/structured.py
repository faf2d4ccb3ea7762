"""Answers that are JSON: do they parse, have the right shape, and the right value in each field?"""

import json
from collections.abc import Iterator, Mapping, Sequence

from core.scoring.automatic.measurement import Measurement, mean_of

_DEEPEST = 200
_NOTHING = object()


def json_validity(answers: Sequence[str]) -> Measurement:
    """Return the share of answers that parse as JSON."""
    return mean_of("valid JSON", [float(_parsed(one) is not _NOTHING) for one in answers])


def shape_match(answers: Sequence[str], references: Sequence[str]) -> Measurement:
    """Return the share of answers with the keys and kinds of values of their reference.

    Order of keys does not count; lists are compared by the kinds of values in them.
    """
    pairs = zip(answers, references, strict=True)
    return mean_of(
        "JSON shape",
        [float(_shape(_parsed(one)) == _shape(_parsed(other)) is not None) for one, other in pairs],
    )


def field_accuracy(answers: Sequence[str], references: Sequence[str]) -> Mapping[str, Measurement]:
    """Return for each field of the references the share of answers with its value."""
    right: dict[str, list[float]] = {}
    for answer, reference in zip(answers, references, strict=True):
        given = dict(_fields(_parsed(answer)))
        for name, value in _fields(_parsed(reference)):
            same = name in given and _same(given[name], value)
            right.setdefault(name, []).append(float(same))
    return {name: mean_of(f"field {name}", values) for name, values in sorted(right.items())}


def _parsed(text: str) -> object:
    """Return the value of a JSON text, or a mark that it is none."""
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return _NOTHING
    return value


def _shape(value: object, depth: int = 0) -> object:
    """Return the keys and kinds of a value; None for what is no JSON, or nested beyond reason."""
    if value is _NOTHING or depth > _DEEPEST:
        return None
    if isinstance(value, dict):
        return tuple(sorted((key, _shape(inner, depth + 1)) for key, inner in value.items()))
    if isinstance(value, list):
        return "list", frozenset(_shape(inner, depth + 1) for inner in value)
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    return "number" if isinstance(value, int | float) else "text"


def _fields(value: object, path: str = "", depth: int = 0) -> Iterator[tuple[str, object]]:
    """Yield every field of nested objects by its dotted path; a list is one value."""
    if not isinstance(value, dict) or depth > _DEEPEST:
        if path and value is not _NOTHING:
            yield path, value
        return
    for key, inner in value.items():
        yield from _fields(inner, f"{path}.{key}" if path else key, depth + 1)


def _same(one: object, other: object) -> bool:
    """Return whether two values are equal; true is not 1, and spaces at the ends do not count."""
    if isinstance(one, str) and isinstance(other, str):
        return one.strip() == other.strip()
    return isinstance(one, bool) == isinstance(other, bool) and one == other
