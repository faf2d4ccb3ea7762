"""The form in which Gemini on Vertex AI takes a conversation: contents of parts, and a system."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from core.data.rows import Example, Message
from core.hosted.rows import Unsendable, as_line, check_pair
from core.hosted.spec import Method
from core.text_safety import clip, visible

_SYSTEM = frozenset({"system", "developer"})
_RESULTS = frozenset({"tool", "function"})
_ROLES = {"user": "user", "assistant": "model", "tool": "user", "function": "user"}
"""Who speaks, in their words; what a tool gave comes from the user's side."""


def contents_line(example: Example, method: Method) -> bytes:
    """Return a row as Vertex AI reads it, for supervised or preference tuning."""
    check_pair(example, method)
    return as_line(_preference(example) if method == "dpo" else _supervised(example))


def _supervised(example: Example) -> dict[str, Any]:
    """Return a conversation that ends with an answer, every answer in it trained on."""
    answers = [one for one in example.messages if one.role == "assistant"]
    if not answers or example.messages[-1].role != "assistant":
        raise Unsendable("does not end with an answer, which this service learns from")
    if not all(one.trains for one in answers):
        raise Unsendable("has an answer that is not to be learned, which this form cannot say")
    system, contents = _contents(example.messages)
    named = {"systemInstruction": {"role": "system", "parts": system}} if system else {}
    return named | {"contents": contents} | _tools(example.tools)


def _preference(example: Example) -> dict[str, Any]:
    """Return what was asked with two answers: score 1 for the better one, 0 for the other."""
    prompt = example.prompt
    chosen = example.messages[len(prompt) :]
    if len(chosen) != 1 or len(example.rejected) != 1:
        raise Unsendable("has more than one turn on a side, and services compare one answer")
    system, contents = _contents(prompt)
    if not contents or contents[-1]["role"] != "user":
        raise Unsendable("has a prompt that does not end with the user's turn")
    if example.tools is not None or any("functionCall" in part for part in _parts(chosen[0], {})):
        raise Unsendable("uses tools, and preference tuning takes text only")
    completions = [
        {"score": score, "completion": {"role": "model", "parts": _parts(answer, {})}}
        for score, answer in ((1, chosen[0]), (0, example.rejected[0]))
    ]
    named = {"system_instruction": {"parts": system}} if system else {}
    return named | {"contents": contents, "completions": completions}


def _contents(
    messages: Sequence[Message],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the parts of the system's instruction, and the turns after it."""
    system: list[dict[str, Any]] = []
    contents: list[dict[str, Any]] = []
    called: dict[str, str] = {}
    before = ""
    for one in messages:
        if one.role in _SYSTEM:
            if contents:
                raise Unsendable("has an instruction of the system after the first turn")
            system += _parts(one, called)
            continue
        if one.role not in _ROLES:
            raise Unsendable(f"has a turn of {clip(visible(one.role), 40)}, who is unknown there")
        parts = _parts(one, called)
        if one.role in _RESULTS and before in _RESULTS:
            contents[-1]["parts"] += parts
        else:
            contents.append({"role": _ROLES[one.role], "parts": parts})
        before = one.role
    return system, contents


def _parts(message: Message, called: dict[str, str]) -> list[dict[str, Any]]:
    """Return what a turn says and calls; `called` keeps the names of calls by their ids."""
    if message.role in _RESULTS:
        return [_result(message, called)]
    parts: list[dict[str, Any]] = [{"text": text} for text in _texts(message.raw.get("content"))]
    calls = message.raw.get("tool_calls") or []
    legacy = message.raw.get("function_call")
    for one in [*calls, *([{"function": legacy}] if legacy else [])]:
        parts.append({"functionCall": _call(one, called)})
    if not parts:
        raise Unsendable(f"has an empty turn of {clip(visible(message.role), 40)}")
    return parts


def _texts(content: object) -> list[str]:
    """Return the texts of a turn, in their order."""
    if content is None or content == "":
        return []
    if isinstance(content, str):
        return [content]
    texts: list[str] = []
    for one in content if isinstance(content, list) else [content]:
        text = one.get("text") if isinstance(one, Mapping) else one
        if not isinstance(text, str):
            raise Unsendable("holds something that is not text, and only text is sent")
        texts.append(text)
    return [text for text in texts if text]


def _call(one: object, called: dict[str, str]) -> dict[str, Any]:
    """Return a call of a tool by its name and arguments."""
    function = one.get("function") if isinstance(one, Mapping) else None
    name = function.get("name") if isinstance(function, Mapping) else None
    if not isinstance(function, Mapping) or not isinstance(name, str) or not name:
        raise Unsendable("calls a tool without a name")
    arguments = _object(function.get("arguments"))
    if arguments is None:
        raise Unsendable(f"calls {clip(visible(name), 40)} with arguments that are no object")
    id = one.get("id") if isinstance(one, Mapping) else None
    if isinstance(id, str):
        called[id] = name
    return {"name": name, "args": arguments}


def _result(message: Message, called: Mapping[str, str]) -> dict[str, Any]:
    """Return what a tool gave, under the name of the call it answers."""
    name = called.get(str(message.raw.get("tool_call_id"))) or message.raw.get("name")
    if not isinstance(name, str) or not name:
        raise Unsendable("holds what a tool gave without saying which tool")
    texts = _texts(message.raw.get("content"))
    given = _object(texts[0]) if len(texts) == 1 else None
    response = {"output": "".join(texts)} if given is None else given
    return {"functionResponse": {"name": name, "response": response}}


def _object(value: object) -> dict[str, Any] | None:
    """Return an object, also one written as JSON; None for anything else."""
    if isinstance(value, str):
        try:
            value = json.loads(value or "{}")
        except ValueError:
            return None
    return dict(value) if isinstance(value, Mapping) else None


def _tools(tools: Sequence[Any] | None) -> dict[str, Any]:
    """Return the tools that are offered, as declarations of functions."""
    if tools is None:
        return {}
    declared = []
    for one in tools:
        function = one.get("function", one) if isinstance(one, Mapping) else None
        if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
            raise Unsendable("offers a tool that is no function")
        declared.append(
            {key: function[key] for key in ("name", "description", "parameters") if key in function}
        )
    return {"tools": [{"functionDeclarations": declared}]} if declared else {}
