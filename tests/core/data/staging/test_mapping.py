"""Columns with roles become turns, remembered by the set of columns, with faults of the columns."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.data.rows import Row
from core.data.sources import read_rows
from core.data.staging.mapping import (
    Mapping,
    guess_mapping,
    mapped_row,
    mapping_from_words,
    read_mapping,
    remember_mapping,
    remembered_mapping,
)
from core.data.staging.opening import open_source
from core.data.staging.source import Options
from core.errors import DataError

COLUMNS = ("id", "question", "answer")
MAPPING = Mapping(columns={"id": "unused", "question": "user", "answer": "assistant"})
FULL = Mapping(
    columns={
        "rules": "system",
        "context": "user",
        "question": "user",
        "answer": "assistant",
        "w": "weight",
        "thread": "group",
        "kind": "label",
        "terms": "licence",
    }
)


def read(tmp_path: Path, content: bytes, options: Options, name: str = "a.jsonl") -> list[Row]:
    (tmp_path / name).write_bytes(content)
    source = open_source(str(tmp_path / name), cache=tmp_path / "cache", options=options)
    return list(read_rows(source.jsonl))


def test_columns_become_turns_and_fields_beside_them() -> None:
    value = {
        "rules": "Be brief.",
        "context": "It rains.",
        "question": "Wet?",
        "answer": 1,
        "w": "0",
        "thread": 7,
        "kind": "weather",
        "terms": "",
    }
    assert mapped_row(value, FULL) == {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "It rains.\n\nWet?"},
            {"role": "assistant", "content": "1", "weight": 0},
        ],
        "group": "7",
        "label": "weather",
    }


def test_a_losing_answer_makes_a_preference_pair() -> None:
    mapping = Mapping(columns={"q": "user", "good": "assistant", "bad": "rejected"})
    assert mapped_row({"q": "a", "good": "b", "bad": "c"}, mapping) == {
        "prompt": [{"role": "user", "content": "a"}],
        "chosen": [{"role": "assistant", "content": "b"}],
        "rejected": [{"role": "assistant", "content": "c"}],
    }


@pytest.mark.parametrize(
    ("value", "faults"),
    [
        ({"question": "a"}, {("answer", "is missing")}),
        ({"question": " ", "answer": None}, {("context", "is empty"), ("answer", "is null")}),
        ({"question": ["a"], "answer": "b"}, {("question", "is a list, not text")}),
        ({"question": "a", "answer": "b", "w": 2}, {("w", "is neither 0 nor 1")}),
        ({"question": "a", "answer": "b", "w": []}, {("w", "is neither 0 nor 1")}),
        ({"question": "a", "answer": "b", "kind": {}}, {("kind", "is an object, not text")}),
        ([1], {("", "is a list, not an object with columns")}),
    ],
)
def test_faults_name_the_column(value: object, faults: set[tuple[str, str]]) -> None:
    found = mapped_row(value, FULL)
    assert isinstance(found, list)
    assert {(path, message) for _, path, message in found} >= faults


def test_a_mapped_file_keeps_its_row_numbers_and_its_faults(tmp_path: Path) -> None:
    lines = [
        '\ufeff{"id": 1, "question": "a", "answer": "b"}',
        "",
        '{"id": 2, "question": "a"}',
        '{"id": 3, "question": "a", "question": "c", "answer": "b"}',
        "{broken",
        '{"id": 4, "question": "q", "answer": "b"}',
    ]
    rows = read(tmp_path, "\n".join(lines).encode(), Options(mapping=MAPPING))
    assert [row.number for row in rows if row.example] == [1, 6]
    assert [(row.number, fault.check, fault.path) for row in rows for fault in row.faults] == [
        (1, "encoding", ""),
        (3, "schema", "answer"),
        (4, "json", "question"),
        (5, "json", ""),
    ]


def test_a_table_with_roles_leads_back_to_its_lines(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('question,answer\n"two\nlines",yes\nb,\nc,no,more\n')
    mapping = mapping_from_words(["question=user", "answer=assistant"], ["question", "answer"])
    source = open_source(
        str(tmp_path / "a.csv"), cache=tmp_path / "cache", options=Options(mapping=mapping)
    )
    rows = list(read_rows(source.jsonl))
    assert [row.example is not None for row in rows] == [True, True, False]
    assert [source.locate(row.number).words for row in rows] == ["line 2", "line 4", "line 5"]


def test_a_choice_is_remembered_for_the_same_columns_in_any_order(tmp_path: Path) -> None:
    folder = tmp_path / "mappings"
    path = remember_mapping(folder, MAPPING)
    assert read_mapping(path) == MAPPING
    assert remembered_mapping(folder, reversed(COLUMNS)) == MAPPING
    assert remembered_mapping(folder, ("question", "answer")) is None
    line = json.dumps({"answer": "b", "id": 1, "question": "a"}).encode()
    (row,) = read(tmp_path, line, Options(remembered=folder))
    assert row.example
    chat = json.dumps({"prompt": "a", "completion": "b"}).encode()
    (row,) = read(tmp_path, chat, Options(remembered=folder))
    assert row.value == {"prompt": "a", "completion": "b"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('[columns]\na = "narrator"\n', "columns.a"),
        ('[columns]\na = "user"\n', "exactly one column is the assistant"),
        ('[columns]\na = "assistant"\nb = "weight"\nc = "weight"\n', "at most one column"),
        ('[roles]\na = "user"\n', "columns is missing"),
        ("[columns\n", "line 1"),
    ],
)
def test_a_wrong_file_names_field_and_fix(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(content)
    with pytest.raises(DataError) as caught:
        read_mapping(path)
    assert words in str(caught.value)


@pytest.mark.parametrize("word", ["question", "nothing=user", "question=narrator", "id=user"])
def test_wrong_words_say_what_fits(word: str) -> None:
    with pytest.raises(DataError):
        mapping_from_words([word], COLUMNS)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (COLUMNS, {"question": "user", "answer": "assistant"}),
        (("Context", "Question", "Response"), {"Question": "user", "Response": "assistant"}),
        (("text", "label"), {"text": "user", "label": "assistant"}),
        (
            ("summary", "label", "input"),
            {"summary": "assistant", "label": "label", "input": "user"},
        ),
        (("a", "b"), {}),
    ],
)
def test_names_of_columns_suggest_roles(columns: tuple[str, ...], expected: dict[str, Any]) -> None:
    guessed = guess_mapping(columns)
    assert {name: role for name, role in guessed.items() if role != "unused"} == expected
