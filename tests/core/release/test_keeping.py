"""What of a prompt comes into the log: covered wherever it stands, however much comes at once."""

import random

import msgspec
import pytest

from bench.detection_sets import blind, phrases
from core.release.gateway.asking import RefusedError, read_request
from core.release.gateway.keeping import Keeping, redacted

REDACTED = Keeping("redacted", b"k" * 32)
EMAIL = "jane.doe@parcel-post.com"
CARD = 4111111111111111


def kept(turns: list[dict[str, object]]) -> str:
    return REDACTED.turns([msgspec.json.encode(turns).decode()])[0]


def test_texts_that_are_searched_together_are_covered_as_each_alone() -> None:
    texts = [
        row.text
        for sets in (blind, phrases)
        for kind in sets.PERSONAL + sets.SECRETS
        for row in sets.rows(kind, 3, 5)
    ]
    random.Random(3).shuffle(texts)
    texts[::7] = [""] * len(texts[::7])
    assert redacted(texts) == [redacted([one])[0] for one in texts]
    assert sum(one != two for one, two in zip(redacted(texts), texts, strict=True)) > 150


def test_numbers_on_either_side_of_two_texts_are_no_card() -> None:
    assert redacted(["my card: 41111111", "11111111 parcels"]) == [
        "my card: 41111111",
        "11111111 parcels",
    ]


def test_calls_of_tools_are_covered_in_names_values_and_numbers() -> None:
    call = {EMAIL: {"arguments": f"to {EMAIL}", "card": CARD, "count": 3, "yes": True, "no": None}}
    text = kept([{"role": "assistant", "content": "", "tool_calls": [call]}])
    (turn,) = msgspec.json.decode(text)
    assert turn["tool_calls"] == [
        {
            "<EMAIL_1>": {
                "arguments": "to <EMAIL_1>",
                "card": "<CARD_1>",
                "count": 3,
                "yes": True,
                "no": None,
            }
        }
    ]
    assert turn["role"] == "assistant"


@pytest.mark.parametrize("field", ["tools", "tool_calls"])
def test_nesting_that_would_end_the_writer_is_refused_by_its_field(field: str) -> None:
    deep = b"[" * 600 + b"]" * 600
    calls, tools = (deep, b"[]") if field == "tool_calls" else (b"[]", deep)
    turn = b'{"role":"user","content":"x","tool_calls":%b}' % calls
    body = b'{"messages":[%b],"tools":%b}' % (turn, tools)
    with pytest.raises(RefusedError, match="deeper than 64"):
        read_request(body)


def test_nesting_that_is_taken_is_kept() -> None:
    deep: object = EMAIL
    for _ in range(60):
        deep = [deep]
    body = {"messages": [{"role": "assistant", "tool_calls": [deep]}]}
    asked = read_request(msgspec.json.encode(body))
    assert "<EMAIL_1>" in kept([message.raw for message in asked.example.prompt])
