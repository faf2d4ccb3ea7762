"""Whether a JSON answer keeps a schema: the keywords that answers' schemas are written with.

A keyword that is not known here is refused, because ignoring it would call wrong answers right.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from core.errors import DataError
from core.scoring.automatic.measurement import Measurement, mean_of
from core.text_safety import clip, visible

_SILENT = {"$schema", "$id", "title", "description", "default", "examples", "$comment"}
"""Keywords that describe and check nothing."""
_DEEPEST = 100
_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: _is_number(value),
    "integer": lambda value: _is_number(value) and float(value).is_integer(),
}
_CHECKS: Mapping[str, Callable[[Any, Any], bool]] = {
    "enum": lambda value, allowed: any(_equal(value, one) for one in allowed),
    "const": lambda value, wanted: _equal(value, wanted),
    "minimum": lambda value, limit: not _is_number(value) or value >= limit,
    "maximum": lambda value, limit: not _is_number(value) or value <= limit,
    "exclusiveMinimum": lambda value, limit: not _is_number(value) or value > limit,
    "exclusiveMaximum": lambda value, limit: not _is_number(value) or value < limit,
    "minLength": lambda value, limit: not isinstance(value, str) or len(value) >= limit,
    "maxLength": lambda value, limit: not isinstance(value, str) or len(value) <= limit,
    "pattern": lambda value, rule: not isinstance(value, str) or bool(re.search(rule, value)),
    "minItems": lambda value, limit: not isinstance(value, list) or len(value) >= limit,
    "maxItems": lambda value, limit: not isinstance(value, list) or len(value) <= limit,
    "required": lambda value, names: not isinstance(value, dict) or set(names) <= set(value),
}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _is_pattern(value: Any) -> bool:
    try:
        re.compile(value)
    except (re.error, TypeError):
        return False
    return isinstance(value, str)


def _are_types(value: Any) -> bool:
    return all(isinstance(one, str) and one in _TYPES for one in _listed(value))


def _are_names(value: Any) -> bool:
    return _is_list(value) and all(isinstance(one, str) for one in value)


def _is_any(_: Any) -> bool:
    return True


_RULES: Mapping[str, Callable[[Any], bool]] = {
    "type": _are_types,
    "enum": _is_list,
    "const": _is_any,
    "required": _are_names,
    "pattern": _is_pattern,
    "properties": lambda value: isinstance(value, Mapping),
    "additionalProperties": _is_any,
    "items": _is_any,
    "not": _is_any,
    **dict.fromkeys(("anyOf", "oneOf", "allOf"), _is_list),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), _is_count),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _is_number),
}
"""Every keyword that is checked, with what makes sense as its value."""


def schema_match(answers: Sequence[str], schema: Mapping[str, Any]) -> Measurement:
    """Return the share of answers that are JSON and keep the schema."""
    check_schema(schema)
    return mean_of("JSON schema", [float(_keeps(answer, schema)) for answer in answers])


def check_schema(schema: object, where: str = "the schema", depth: int = 0) -> None:
    """Refuse a schema that would not be checked whole."""
    if isinstance(schema, bool):
        return
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        raise _refused(f"{where} is no object of keywords.")
    for keyword, rule in schema.items():
        if keyword not in _RULES and keyword not in _SILENT:
            raise _refused(f"{where} uses {_shown(str(keyword))}, which is not checked here.")
        if keyword in _RULES and not _RULES[keyword](rule):
            shown = f"a value that means nothing: {_shown(str(rule))}"
            raise _refused(f"{where} has the keyword {keyword} with {shown}.")
    for part, inner in _inner_schemas(schema):
        check_schema(inner, f"{where}, {part}", depth + 1)


def _inner_schemas(schema: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Yield the schemas inside a schema, each with its place in words."""
    for name, inner in schema.get("properties", {}).items():
        yield _shown(str(name)), inner
    for keyword in ("items", "additionalProperties", "not"):
        if keyword in schema:
            yield keyword, schema[keyword]
    for keyword in ("anyOf", "oneOf", "allOf"):
        for inner in schema.get(keyword, ()):
            yield keyword, inner


def _keeps(answer: str, schema: Mapping[str, Any]) -> bool:
    try:
        return _fits(json.loads(answer), schema)
    except (ValueError, RecursionError):
        return False


def _fits(value: Any, schema: Any) -> bool:
    """Return whether a value keeps a schema that was checked."""
    if isinstance(schema, bool):
        return schema
    if "type" in schema and not any(_TYPES[one](value) for one in _listed(schema["type"])):
        return False
    if not all(_CHECKS[name](value, rule) for name, rule in schema.items() if name in _CHECKS):
        return False
    if isinstance(value, dict) and not _fields_fit(value, schema):
        return False
    if isinstance(value, list) and not all(_fits(one, schema.get("items", True)) for one in value):
        return False
    return (
        ("anyOf" not in schema or any(_fits(value, one) for one in schema["anyOf"]))
        and ("oneOf" not in schema or sum(_fits(value, one) for one in schema["oneOf"]) == 1)
        and all(_fits(value, one) for one in schema.get("allOf", ()))
        and ("not" not in schema or not _fits(value, schema["not"]))
    )


def _fields_fit(value: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
    known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    return all(_fits(inner, known.get(name, others)) for name, inner in value.items())


def _equal(one: Any, other: Any) -> bool:
    """Return whether two values are the same JSON; true is not 1."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _refused(what: str) -> DataError:
    known = ", ".join(sorted(_RULES))
    return DataError(
        what=what[0].upper() + what[1:],
        why=f"Answers are checked by these keywords: {known}.",
        remedy="Write the schema with those, or measure by a function of your own.",
    )


def _shown(text: str) -> str:
    return visible(clip(text, 60))
