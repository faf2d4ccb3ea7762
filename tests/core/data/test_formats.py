"""Every known shape of row becomes the same conversation, and its faults name its own fields."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.data.formats import vote
from core.data.rows import Row
from core.data.sources import read_rows, to_row

USER = {"role": "user", "content": "hi"}
ANSWER = {"role": "assistant", "content": "yo"}
OTHER = {"role": "assistant", "content": "no"}


def read(value: object) -> Row:
    return to_row(json.dumps(value).encode(), number=3)


def said(row: Row) -> list[tuple[str, str, bool]]:
    assert row.example, row.faults
    return [(m.role, m.text, m.trains) for m in row.example.messages]


def faults(value: object) -> set[tuple[str, str]]:
    return {(fault.path, fault.message) for fault in read(value).faults}


PLAIN = [("user", "hi", False), ("assistant", "yo", True)]


@pytest.mark.parametrize(
    ("value", "paths"),
    [
        ({"messages": [USER, ANSWER]}, ["messages[0].content", "messages[1].content"]),
        ({"prompt": "hi", "completion": "yo"}, ["prompt", "completion"]),
        (
            {"prompt": [USER], "completion": [ANSWER]},
            ["prompt[0].content", "completion[0].content"],
        ),
        ({"instruction": "hi", "input": "", "output": "yo"}, ["instruction", "output"]),
        ({"instruction": "", "input": "hi", "output": "yo"}, ["input", "output"]),
        (
            {"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "yo"}]},
            ["conversations[0].value", "conversations[1].value"],
        ),
        (
            {"conversations": [USER, ANSWER]},
            ["conversations[0].content", "conversations[1].content"],
        ),
        ({"prompt": "hi", "chosen": "yo", "rejected": "no"}, ["prompt", "chosen"]),
        (
            {"prompt": [USER], "chosen": [ANSWER], "rejected": [OTHER]},
            ["prompt[0].content", "chosen[0].content"],
        ),
        (
            {"chosen": [USER, ANSWER], "rejected": [USER, OTHER]},
            ["chosen[0].content", "chosen[1].content"],
        ),
    ],
)
def test_every_shape_says_the_same_and_names_its_fields(value: Any, paths: list[str]) -> None:
    row = read(value)
    assert said(row) == PLAIN
    assert row.example
    assert [message.path for message in row.example.messages] == paths
    assert [message.raw for message in row.example.messages] == [USER, ANSWER]
    lost = [message.text for message in row.example.rejected]
    assert lost == (["no"] if "rejected" in value else [])


def test_plain_text_trains_as_a_whole() -> None:
    assert said(read({"text": "once upon a time", "url": "x"})) == [
        ("assistant", "once upon a time", True)
    ]
    assert read({"text": "bad day", "label": "sad"}).example is None


def test_alpaca_keeps_system_history_and_input() -> None:
    row = read(
        {
            "instruction": "Add",
            "input": "2 2",
            "output": "4",
            "system": "Be brief.",
            "history": [["1 1", "2"]],
        }
    )
    assert said(row) == [
        ("system", "Be brief.", False),
        ("user", "1 1", False),
        ("assistant", "2", True),
        ("user", "Add\n2 2", False),
        ("assistant", "4", True),
    ]


def test_sharegpt_keeps_calls_and_their_results() -> None:
    row = read(
        {
            "system": "Be brief.",
            "tools": '[{"name": "add"}]',
            "conversations": [
                {"from": "human", "value": "2+2"},
                {"from": "function_call", "value": '{"name": "add", "arguments": {"a": 2}}'},
                {"from": "observation", "value": "4"},
                {"from": "gpt", "value": "Four.", "weight": 0},
            ],
        }
    )
    assert row.example
    assert row.example.tools == [{"name": "add"}]
    call, result = row.example.messages[2].raw, row.example.messages[3].raw
    assert call["tool_calls"][0]["function"] == {"name": "add", "arguments": {"a": 2}}
    assert result["tool_call_id"] == call["tool_calls"][0]["id"]
    assert [message.trains for message in row.example.messages] == [
        False,
        False,
        True,
        False,
        False,
    ]


def test_answers_inside_a_prompt_are_context() -> None:
    asked = [USER, OTHER, {"role": "user", "content": "again"}]
    assert [m[2] for m in said(read({"prompt": asked, "completion": "yo"}))] == [False] * 3 + [True]
    pair = {"chosen": [*asked, ANSWER], "rejected": [*asked, OTHER]}
    row = read(pair)
    assert [m[2] for m in said(row)] == [False] * 3 + [True]
    assert row.example
    assert [m.path for m in row.example.rejected] == ["rejected[3].content"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            {"instruction": 1, "output": None},
            {("instruction", "is a number, not text"), ("output", "is null")},
        ),
        (
            {"instruction": "a", "history": [["q"]], "output": "b"},
            {("history[0]", "is no pair of question and answer")},
        ),
        ({"instruction": " ", "output": "b"}, {("instruction", "is empty, and so is input")}),
        ({"prompt": "a"}, {("completion", "is missing")}),
        (
            {"prompt": {}, "completion": [USER]},
            {
                ("prompt", "is an object, neither text nor a list of messages"),
                ("completion", "has no assistant turn"),
            },
        ),
        ({"conversations": {}}, {("conversations", "is an object, not a list")}),
        (
            {"conversations": [{"from": "narrator", "value": "x"}, {"from": "gpt"}]},
            {
                ("conversations[0].from", "is unknown: 'narrator'"),
                ("conversations[1].value", "is missing"),
            },
        ),
        (
            {"conversations": [{"from": "human", "value": ""}]},
            {("conversations[0].value", "is empty"), ("conversations", "has no assistant turn")},
        ),
        (
            {"chosen": "a", "rejected": "b"},
            {("prompt", "is missing, so nothing says what was asked")},
        ),
        ({"prompt": "q", "chosen": "a", "rejected": "a"}, {("rejected", "is the same as chosen")}),
        ({"text": 3}, {("text", "is a number, not text")}),
        (
            {"messages": [USER | {"content": [{"type": "text"}]}, ANSWER]},
            {("messages[0].content[0].text", "is missing or not text")},
        ),
        ({"question": "a"}, {("messages", "is missing")}),
        ([1], {("", "is a list, not an object with messages")}),
    ],
)
def test_faults_name_the_field_of_the_file(value: object, expected: set[tuple[str, str]]) -> None:
    assert faults(value) == expected
    assert read(value).example is None


def test_null_counts_as_left_out_where_a_field_may_be() -> None:
    value = {"messages": [USER | {"weight": None}, ANSWER | {"tool_calls": None}], "tools": None}
    assert said(read(value)) == PLAIN
    assert (
        said(read({"instruction": "hi", "input": None, "output": "yo", "history": None})) == PLAIN
    )


def test_the_first_rows_vote_and_odd_ones_are_read_and_named(tmp_path: Path) -> None:
    rows: list[object] = [{"prompt": f"q{n}", "completion": "a"} for n in range(9)]
    rows += [{"messages": [USER, ANSWER]}, {"prompt": "q"}, {"question": "q"}]
    found = vote(rows)
    assert found.shape
    assert (found.shape.id, found.confidence) == ("prompt_completion", 0.75)
    assert found.counts == {"prompt_completion": 9, "chat": 1, "": 2}
    assert found.columns == ("prompt", "completion", "messages", "question")
    file = tmp_path / "mixed.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    read = list(read_rows(file))
    assert [row.number for row in read if row.example] == list(range(1, 11))
    assert {(f.row, f.path, f.message, f.severity) for row in read for f in row.faults} == {
        (10, "", "is a chat row in a file of prompt_completion rows", "review"),
        (11, "completion", "is missing", None),
        (12, "prompt", "is missing", None),
        (12, "completion", "is missing", None),
    }


def test_rows_of_nothing_have_no_shape() -> None:
    assert vote([{"a": 1}, 3]) == (None, 0.0, {"": 2}, ("a",))
    assert vote([]).confidence == 0.0
