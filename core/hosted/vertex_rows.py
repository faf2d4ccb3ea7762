"""The form in which Gemini on Vertex AI takes a row to learn from."""

from typing import Any

from core.contenders.gemini_contents import Turn, Unsayable, contents_of, parts_of, tools_of
from core.data.rows import Example, Message
from core.hosted.rows import Unsendable, as_line, check_pair
from core.hosted.spec import Method


def contents_line(example: Example, method: Method) -> bytes:
    """Return a row as Vertex AI reads it, for supervised or preference tuning."""
    check_pair(example, method)
    try:
        return as_line(_preference(example) if method == "dpo" else _supervised(example))
    except Unsayable as unsaid:
        raise Unsendable(str(unsaid)) from None


def _turn(message: Message) -> Turn:
    return {**message.raw, "role": message.role}


def _supervised(example: Example) -> dict[str, Any]:
    """Return a conversation that ends with an answer, every answer in it trained on."""
    answers = [one for one in example.messages if one.role == "assistant"]
    if not answers or example.messages[-1].role != "assistant":
        raise Unsendable("does not end with an answer, which this service learns from")
    if not all(one.trains for one in answers):
        raise Unsendable("has an answer that is not to be learned, which this form cannot say")
    system, contents = contents_of([_turn(one) for one in example.messages])
    named = {"systemInstruction": {"role": "system", "parts": system}} if system else {}
    return named | {"contents": contents} | tools_of(example.tools)


def _preference(example: Example) -> dict[str, Any]:
    """Return what was asked with two answers: score 1 for the better one, 0 for the other."""
    prompt = example.prompt
    chosen = example.messages[len(prompt) :]
    if len(chosen) != 1 or len(example.rejected) != 1:
        raise Unsendable("has more than one turn on a side, and services compare one answer")
    system, contents = contents_of([_turn(one) for one in prompt])
    if not contents or contents[-1]["role"] != "user":
        raise Unsendable("has a prompt that does not end with the user's turn")
    if example.tools is not None or any(
        "functionCall" in part
        for one in (*chosen, *example.rejected)
        for part in parts_of(_turn(one), {})
    ):
        raise Unsendable("uses tools, and preference tuning takes text only")
    completions = [
        {"score": score, "completion": {"role": "model", "parts": parts_of(_turn(answer), {})}}
        for score, answer in ((1, chosen[0]), (0, example.rejected[0]))
    ]
    named = {"system_instruction": {"parts": system}} if system else {}
    return named | {"contents": contents, "completions": completions}
