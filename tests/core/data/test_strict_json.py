"""The fast reading of a line gives the verdict of the standard library's parser, always."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.strict_json import explain_line, parse_line

WORDS = st.text(max_size=8) | st.sampled_from(
    ['say "hi": ok', "a\\", 'k\\":', '":', "http://x", "\ud800", "[{", "é", "\x00", "\x7f", "null"]
)
NUMBERS = (
    st.integers()
    | st.floats()
    | st.sampled_from([2**63, 2**64, -(2**63) - 1, 10**30, 5e-324, 1e308, -0.0])
)
SCALARS = st.none() | st.booleans() | NUMBERS | WORDS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.lists(st.tuples(WORDS, inner)),
    max_leaves=12,
)
"""Objects are lists of pairs, so that a key may stand in one twice."""


def written(value: Any, draw: Any) -> str:
    """Write a value as JSON in one of the many ways to do so."""
    space = draw(st.sampled_from(["", "", "", " ", "\t", "\r", "  "]))
    if isinstance(value, list) and value and all(isinstance(one, tuple) for one in value):
        members = (
            f"{written(key, draw)}{space}:{space}{written(inner, draw)}" for key, inner in value
        )
        return "{" + f"{space},".join(members) + space + "}"
    if isinstance(value, list):
        return "[" + ",".join(written(one, draw) for one in value) + space + "]"
    return json.dumps(value, ensure_ascii=draw(st.booleans()))


@given(st.data(), VALUES)
def test_both_readings_agree_on_every_way_to_write_a_value(data: st.DataObject, value: Any) -> None:
    raw = written(value, data.draw).encode("utf-8", "surrogatepass")
    assert repr(parse_line(raw, 7)) == repr(explain_line(raw, 7))


@given(st.data(), VALUES)
def test_both_readings_agree_on_damaged_lines(data: st.DataObject, value: Any) -> None:
    raw = bytearray(written(value, data.draw).encode("utf-8", "surrogatepass"))
    place = data.draw(st.integers(0, len(raw)))
    raw[place : place + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    assert repr(parse_line(bytes(raw), 7)) == repr(explain_line(bytes(raw), 7))


@pytest.mark.parametrize(
    ("line", "doubled"),
    [
        ('{"a":1,"a":2}', ["a"]),
        ('{"a" :1,"b":{"c":1,"c":2}}', ["c"]),
        ('{"a":"\\":","a":1}', ["a"]),
        ('{"a\\\\":1,"a\\\\":2}', ["a\\"]),
        ('{"a":1,"\\u0061":2}', ["a"]),
        ('{"a":"x\\":y","b":"say \\"b\\": 1"}', []),
        ('[{"a":1},{"a":2}]', []),
    ],
)
def test_a_key_that_stands_twice_is_always_named(line: str, doubled: list[str]) -> None:
    assert [fault.path for fault in parse_line(line.encode(), 1)[1]] == doubled


@pytest.mark.parametrize(("deep", "readable"), [(200, True), (201, False), (10_000, False)])
def test_the_depth_that_can_be_read_is_the_same_everywhere(deep: int, readable: bool) -> None:
    for line in (b"[" * deep + b"]" * deep, b'{"a":' * deep + b"1" + b"}" * deep):
        value, faults = parse_line(line, 1)
        assert (value is not None) is readable
        assert [fault.message for fault in faults] == (
            [] if readable else ["is nested too deeply to read"]
        )


def test_brackets_in_text_are_not_depth() -> None:
    assert parse_line(json.dumps({"a": "[" * 500}).encode(), 1) == ({"a": "[" * 500}, [])
