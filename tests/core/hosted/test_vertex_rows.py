"""Rows reach Vertex AI whole, in its own form, or not at all."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.rows import Example
from core.data.sources import to_row
from core.hosted.rows import Unsendable
from core.hosted.vertex_rows import contents_line

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(str.strip)
ASKED = {"role": "user", "content": "where is it"}
ANSWER = {"role": "assistant", "content": "on its way"}
CALL = {
    "role": "assistant",
    "content": None,
    "tool_calls": [
        {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"id": 7}'}}
    ],
}
LOOK = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}


def example_of(value: object) -> Example:
    found = to_row(json.dumps(value).encode(), number=1).example
    assert found is not None
    return found


def line_of(*messages: dict[str, Any], **others: Any) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(
        contents_line(example_of({"messages": list(messages), **others}), "supervised")
    )
    return read


@given(
    system=st.none() | TEXTS,
    turns=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=3),
)
def test_every_word_is_there_in_its_order(system: str | None, turns: list[tuple[str, str]]) -> None:
    messages: list[dict[str, Any]] = []
    if system is not None:
        messages.append({"role": "system", "content": system})
    for asked, answered in turns:
        messages.append({"role": "user", "content": asked})
        messages.append({"role": "assistant", "content": answered})
    line = contents_line(example_of({"messages": messages}), "supervised")
    assert b"\n" not in line
    read = json.loads(line)
    said = [
        (one["role"], "".join(part["text"] for part in one["parts"])) for one in read["contents"]
    ]
    assert said == [
        (role, text) for pair in turns for role, text in zip(("user", "model"), pair, strict=True)
    ]
    given = read.get("systemInstruction", {}).get("parts")
    assert given == (None if system is None else [{"text": system}])


def test_calls_of_tools_and_what_they_gave_keep_their_names() -> None:
    result = {"role": "tool", "tool_call_id": "c1", "content": '{"state": "sent"}'}
    read = line_of(ASKED, CALL, result, ANSWER, tools=[LOOK])
    assert [one["role"] for one in read["contents"]] == ["user", "model", "user", "model"]
    assert read["contents"][1]["parts"] == [{"functionCall": {"name": "look", "args": {"id": 7}}}]
    assert read["contents"][2]["parts"] == [
        {"functionResponse": {"name": "look", "response": {"state": "sent"}}}
    ]
    assert read["tools"] == [
        {"functionDeclarations": [{"name": "look", "parameters": {"type": "object"}}]}
    ]


def test_a_pair_becomes_two_scored_answers() -> None:
    row = {"prompt": "which one", "chosen": "this one", "rejected": "that one"}
    read = json.loads(contents_line(example_of(row), "dpo"))
    assert read["contents"] == [{"role": "user", "parts": [{"text": "which one"}]}]
    scored = [(one["score"], one["completion"]["parts"][0]["text"]) for one in read["completions"]]
    assert scored == [(1, "this one"), (0, "that one")]


@pytest.mark.parametrize(
    ("messages", "says"),
    [
        ([ASKED, {**ANSWER, "weight": 0}, ASKED, ANSWER], "not to be learned"),
        ([ASKED, ANSWER, ASKED], "does not end with an answer"),
        ([ASKED, {"role": "system", "content": "be kind"}, ANSWER], "after the first turn"),
        (
            [
                {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]},
                ANSWER,
            ],
            "not text",
        ),
    ],
)
def test_what_the_form_cannot_say_is_refused(messages: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(Unsendable, match=says):
        line_of(*messages)


def test_the_kind_of_row_has_to_fit_the_method() -> None:
    with pytest.raises(Unsendable, match="no preference pair"):
        contents_line(example_of({"messages": [ASKED, ANSWER]}), "dpo")


def test_the_lines_fit_the_types_of_the_client() -> None:
    types = pytest.importorskip("google.genai.types", reason="Google's client is not installed")
    read = line_of({"role": "system", "content": "be kind"}, ASKED, CALL, tools=[LOOK])
    for one in (read["systemInstruction"], *read["contents"]):
        types.Content.model_validate(one)
    types.Tool.model_validate(read["tools"][0])
    pair = {"prompt": "which one", "chosen": "this one", "rejected": "that one"}
    asked = json.loads(contents_line(example_of(pair), "dpo"))
    types.GeminiPreferenceExample.model_validate(asked)
