"""A chat completion reaches Gemini whole, and its reply comes back as one."""

from typing import Any

import pytest

from core.contenders.endpoint import EndpointSpec, make_endpoint, refuse_interface
from core.errors import RecipeError

pytest.importorskip("google.auth", reason="the client of Vertex AI is not installed")

from core.contenders.gemini_transport import completion_of, generation_of


def reply(*parts: dict[str, Any], reason: str = "STOP", **others: Any) -> dict[str, Any]:
    content = {"role": "model", "parts": list(parts)}
    return {"candidates": [{"content": content, "finishReason": reason}], **others}


def test_what_is_asked_keeps_turns_tools_and_limits() -> None:
    asked = {
        "model": "m",
        "messages": [
            {"role": "system", "content": ""},
            {"role": "user", "content": "hello"},
            {"role": "assistant", "content": "hi"},
            {"role": "user", "content": "where"},
        ],
        "tools": [{"type": "function", "function": {"name": "look"}}],
        "max_completion_tokens": 64,
    }
    made = generation_of(asked, {"topK": 5})
    assert [one["role"] for one in made["contents"]] == ["user", "model", "user"]
    assert "systemInstruction" not in made
    assert made["tools"] == [{"functionDeclarations": [{"name": "look"}]}]
    assert made["generationConfig"] == {"topK": 5, "maxOutputTokens": 64}


@pytest.mark.parametrize(
    ("reason", "ours"),
    [("STOP", "stop"), ("MAX_TOKENS", "length"), ("SAFETY", "content_filter")],
)
def test_why_an_answer_ended_is_said_in_their_words(reason: str, ours: str) -> None:
    made = completion_of(reply({"text": "on "}, {"text": "its way"}, reason=reason))
    assert made["choices"][0]["finish_reason"] == ours
    assert made["choices"][0]["message"]["content"] == "on its way"


def test_thoughts_are_no_answer_and_are_counted() -> None:
    usage = {"promptTokenCount": 9, "candidatesTokenCount": 2, "thoughtsTokenCount": 30}
    made = completion_of(
        reply({"text": "hm", "thought": True}, {"text": "yes"}, usageMetadata=usage)
    )
    assert made["choices"][0]["message"]["content"] == "yes"
    assert made["usage"] == {"prompt_tokens": 9, "completion_tokens": 32, "total_tokens": 41}


def test_a_call_of_a_tool_comes_back_as_chats_write_it() -> None:
    made = completion_of(reply({"functionCall": {"name": "look", "args": {"id": 7}}}))
    (call,) = made["choices"][0]["message"]["tool_calls"]
    assert call["function"] == {"name": "look", "arguments": '{"id": 7}'}


def test_a_question_that_is_blocked_is_filtered() -> None:
    made = completion_of({"promptFeedback": {"blockReason": "SAFETY"}})
    assert made["choices"][0]["finish_reason"] == "content_filter"


@pytest.mark.parametrize("said", [{}, [], None, "<html>", {"candidates": [3]}])
def test_what_is_no_reply_stays_as_it_is(said: Any) -> None:
    assert completion_of(said) == said


def test_a_gateway_refuses_what_speaks_another_language() -> None:
    table = {
        "base_url": "https://europe-west4-aiplatform.googleapis.com",
        "model": "projects/p/locations/europe-west4/endpoints/1",
        "interface": "gemini",
    }
    spec = make_endpoint("endpoints.toml", "shop", table)
    assert spec.variables == {"GOOGLE_APPLICATION_CREDENTIALS"}
    with pytest.raises(RecipeError, match="cannot stand behind a gateway"):
        refuse_interface("shop", spec)
    chat = EndpointSpec(base_url="https://x.example/v1", model="m", key="MY_KEY")
    assert chat.variables == {"MY_KEY"}
    refuse_interface("shop", chat)
