"""What is read out of a server's reply, however its bytes are cut."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.redaction import Redactor
from core.release.gateway.backend import ArmFailedError
from core.release.gateway.reply import Reply


def event(delta: object, reason: str | None = None, **more: object) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return b"data: " + json.dumps({"id": "c", "choices": [choice], **more}).encode() + b"\r\n\r\n"


USAGE = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}


@settings(max_examples=50)
@given(st.lists(st.text(max_size=5), max_size=8), st.lists(st.integers(0, 2000), max_size=12))
def test_a_stream_says_the_same_wherever_it_is_cut(words: list[str], cuts: list[int]) -> None:
    stream = b": a comment\n\n" + b"".join(event({"content": one}) for one in words)
    stream += event({}, "stop") + event({}, usage=USAGE) + b"data: [DONE]\n\n"
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    reply = Reply(Redactor([]))
    blocks = [stream[a:b] for a, b in pairwise(places)]
    assert "".join(reply.take(block) for block in blocks) == "".join(words)
    end = reply.end()
    assert (end.stopped, end.tokens_in, end.tokens_out) == (True, 7, 2)


def test_pieces_that_come_together_go_on_as_one() -> None:
    reply = Reply(Redactor([]))
    assert reply.take(event({"content": "a"}) + event({"content": "b"})) == "ab"


def test_parts_of_calls_are_put_together() -> None:
    reply = Reply(Redactor([]))
    parts = [
        {"index": 0, "id": "c1", "function": {"name": "f", "arguments": ""}},
        {"index": 0, "function": {"arguments": '{"a":'}},
        {"index": 0, "function": {"arguments": "1}"}},
    ]
    for part in parts:
        assert reply.take(event({"content": None, "tool_calls": [part]})) == ""
    reply.take(event({}, "tool_calls"))
    function = {"name": "f", "arguments": '{"a":1}'}
    assert reply.end().tool_calls == ({"type": "function", "function": function, "id": "c1"},)


@pytest.mark.parametrize(
    "stream",
    [
        b"data: no json\n",
        b"data: []\n",
        b'data: {"choices": 3}\n',
        b'data: {"choices": [{"delta": "words"}]}\n',
        b'data: {"error": {"message": "it broke with a-key-of-the-arm"}}\n',
        b'data: {"choices": [{"delta": {"content": "\xff"}}]}\n',
        b"x" * (4 * 1024 * 1024 + 1),
        event({"content": "withheld"}, "content_filter"),
        event({"content": "half"}),
    ],
)
def test_what_is_no_answer_fails_the_arm_and_quotes_no_key(stream: bytes) -> None:
    reply = Reply(Redactor(["a-key-of-the-arm"]))
    with pytest.raises(ArmFailedError) as failed:
        reply.take(stream)
        reply.end()
    assert "a-key-of-the-arm" not in str(failed.value)


@pytest.mark.parametrize("content", [None, 3, ["parts"], {"text": "x"}])
def test_odd_contents_count_as_no_text(content: object) -> None:
    reply = Reply(Redactor([]))
    assert reply.take(event({"content": content}, "stop")) == ""
    assert reply.end().stopped
