"""Texts of a line are found and replaced exactly, and nothing else of the line moves."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.triage.texts import Path, decoded, texts, with_texts
from core.errors import DataError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
LAYOUTS = st.sampled_from([{}, {"indent": 1}, {"separators": (" ,  ", " :\t")}])


def walked(value: Any, path: Path = ()) -> list[tuple[Path, bool, str]]:
    if isinstance(value, str):
        return [(path, False, value)]
    if isinstance(value, dict):
        found: list[tuple[Path, bool, str]] = []
        for name, inner in value.items():
            found += [((*path, name), True, name), *walked(inner, (*path, name))]
        return found
    if isinstance(value, list):
        return [each for at, inner in enumerate(value) for each in walked(inner, (*path, at))]
    return []


@given(VALUES, LAYOUTS, st.booleans())
def test_every_text_is_found_where_it_is(value: Any, layout: Any, escaped: bool) -> None:
    line = json.dumps(value, ensure_ascii=escaped, **layout)
    found = texts(line)
    assert [(t.path, t.name, t.value) for t in found] == walked(value)
    assert all(json.loads(line[t.start : t.end]) == t.value for t in found)


@given(VALUES, st.data())
def test_a_replacement_changes_its_text_alone(value: Any, data: st.DataObject) -> None:
    line = json.dumps(value, separators=(",  ", " : "))
    found = texts(line)
    chosen = data.draw(st.sets(st.integers(0, len(found) - 1))) if found else set()
    new = {number: data.draw(st.text()) for number in chosen}
    changed = texts(with_texts(line, new))
    assert [t.value for t in changed] == [new.get(n, t.value) for n, t in enumerate(found)]
    assert with_texts(line, {}) == line
    assert with_texts(with_texts(line, new), {n: found[n].value for n in new}) == with_texts(
        line, {n: found[n].value for n in new}
    )


def test_numbers_and_doubled_names_stay_as_they_were_written() -> None:
    line = '{"a": 1e400, "a": "x", "n": 1.000000000000000000001}'
    assert with_texts(line, {2: "y"}) == '{"a": 1e400, "a": "y", "n": 1.000000000000000000001}'


def test_half_a_character_stays_escaped() -> None:
    assert with_texts('["x"]', {0: "\ud800"}) == '["\\ud800"]'


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        '{"a" 1}',
        "[1,]",
        '{"a":1,}',
        "[1 2]",
        "[" * 5000,
        '{"a":1} {"b":2}',
        '[1]"x"',
        "a:1",
    ],
)
def test_a_line_that_is_no_json_is_refused(line: str) -> None:
    with pytest.raises(DataError):
        texts(line)


def test_a_byte_order_mark_before_the_value_stays_where_it_is() -> None:
    line = '\ufeff{"a": "x"}'
    assert [text.value for text in texts(line)] == ["a", "x"]
    assert with_texts(line, {1: "y"}) == '\ufeff{"a": "y"}'


def test_a_line_that_is_no_utf_8_is_refused() -> None:
    with pytest.raises(DataError, match="changed in place"):
        decoded(b'{"a": "\xff"}')
