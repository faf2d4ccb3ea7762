"""Answers keep a schema or break it; a schema that would be checked in part is refused."""

import json
from typing import Any

import pytest

from core.errors import DataError
from core.scoring.automatic.json_schema import schema_match

TICKET = {
    "type": "object",
    "title": "A ticket",
    "properties": {
        "kind": {"enum": ["bug", "wish"]},
        "size": {"type": "integer", "minimum": 1, "maximum": 5},
        "tags": {"type": "array", "items": {"type": "string", "minLength": 2}, "maxItems": 2},
        "due": {"anyOf": [{"type": "null"}, {"type": "string", "pattern": r"^\d{4}-\d\d$"}]},
    },
    "required": ["kind"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("answer", "keeps"),
    [
        ('{"kind": "bug"}', True),
        ('{"kind": "bug", "size": 5.0, "tags": ["ab"], "due": null}', True),
        ('{"kind": "bug", "due": "2024-05"}', True),
        ('{"kind": "bug", "due": "soon"}', False),
        ('{"kind": "joke"}', False),
        ('{"size": 3}', False),
        ('{"kind": "bug", "size": 5.5}', False),
        ('{"kind": "bug", "size": 6}', False),
        ('{"kind": "bug", "size": true}', False),
        ('{"kind": "bug", "tags": ["a"]}', False),
        ('{"kind": "bug", "tags": ["ab", "cd", "ef"]}', False),
        ('{"kind": "bug", "more": 1}', False),
        ("[]", False),
        ("no json", False),
        ("[" * 100_000, False),
    ],
)
def test_a_ticket(answer: str, keeps: bool) -> None:
    assert schema_match([answer], TICKET).value == keeps


@pytest.mark.parametrize(
    ("schema", "value", "keeps"),
    [
        ({"oneOf": [{"type": "number"}, {"minimum": 3}]}, 2, True),
        ({"oneOf": [{"type": "number"}, {"minimum": 3}]}, 4, False),
        ({"allOf": [{"minimum": 1}, {"exclusiveMaximum": 2}]}, 2, False),
        ({"not": {"type": "null"}}, None, False),
        ({"const": 1}, True, False),
        ({"type": ["string", "null"]}, None, True),
        ({"exclusiveMinimum": 1, "minItems": 1}, [], False),
        ({"properties": {"a": False}}, {"a": 1}, False),
        ({"maxLength": 1}, "ab", False),
        ({"type": "integer"}, float("inf"), False),
        ({}, {"anything": [1]}, True),
    ],
)
def test_keywords(schema: dict[str, Any], value: object, keeps: bool) -> None:
    assert schema_match([json.dumps(value)], schema).value == keeps


@pytest.mark.parametrize(
    ("schema", "what"),
    [
        ({"$ref": "#/x"}, r"The schema uses \$ref, which is not checked here"),
        ({"properties": {"a": {"format": "email"}}}, "The schema, a uses format"),
        ({"items": [1]}, "The schema, items is no object"),
        ({"type": "text"}, "has the keyword type with a value that means nothing: text"),
        ({"type": {"a": 1}}, "has the keyword type with a value that means nothing"),
        (
            {"anyOf": [{"pattern": "(["}]},
            "The schema, anyOf has the keyword pattern with a value that means nothing",
        ),
        ({"required": "kind"}, "has the keyword required with a value that means nothing: kind"),
        ({"enum": 5}, "has the keyword enum with a value that means nothing"),
        ({"minimum": "a"}, "has the keyword minimum with a value that means nothing"),
        ({"maxLength": -1}, "has the keyword maxLength with a value that means nothing"),
        ({"properties": []}, "has the keyword properties with a value that means nothing"),
    ],
)
def test_a_schema_that_would_be_checked_in_part_is_refused(
    schema: dict[str, Any], what: str
) -> None:
    with pytest.raises(DataError, match=what):
        schema_match([], schema)
