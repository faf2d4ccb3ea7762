"""The form in which Gemini takes a conversation: contents of parts, a system, tools; pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from core.text_safety import clip, visible

_SYSTEM = frozenset({"system", "developer"})
_RESULTS = frozenset({"tool", "function"})
_ROLES = {"user": "user", "assistant": "model", "tool": "user", "function": "user"}
"""Who speaks, in their words; what a tool gave comes from the user's side."""
Turn = Mapping[str, Any]
"""A turn of a chat, as data has it."""


class Unsayable(ValueError):
    """A conversation that the form cannot say; the words follow "it "."""


def contents_of(
    messages: Sequence[Turn],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the parts of the system's instruction, and the turns after it."""
    system: list[dict[str, Any]] = []
    contents: list[dict[str, Any]] = []
    called: dict[str, str] = {}
    before = ""
    for one in messages:
        role = str(one.get("role"))
        if role in _SYSTEM:
            if contents:
                raise Unsayable("has an instruction of the system after the first turn")
            system += [{"text": text} for text in _texts(one.get("content"))]
            continue
        if role not in _ROLES:
            raise Unsayable(f"has a turn of {clip(visible(role), 40)}, who is unknown there")
        parts = parts_of(one, called)
        if role in _RESULTS and before in _RESULTS:
            contents[-1]["parts"] += parts
        else:
            contents.append({"role": _ROLES[role], "parts": parts})
        before = role
    return system, contents


def parts_of(message: Turn, called: dict[str, str]) -> list[dict[str, Any]]:
    """Return what a turn says and calls; `called` keeps the names of calls by their ids."""
    if message.get("role") in _RESULTS:
        return [_result(message, called)]
    parts: list[dict[str, Any]] = [{"text": text} for text in _texts(message.get("content"))]
    calls = message.get("tool_calls") or []
    legacy = message.get("function_call")
    for one in [*calls, *([{"function": legacy}] if legacy else [])]:
        parts.append({"functionCall": _call(one, called)})
    if not parts:
        raise Unsayable(f"has an empty turn of {clip(visible(str(message.get('role'))), 40)}")
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
            raise Unsayable("holds something that is not text, and only text is sent")
        texts.append(text)
    return [text for text in texts if text]


def _call(one: object, called: dict[str, str]) -> dict[str, Any]:
    """Return a call of a tool by its name and arguments."""
    function = one.get("function") if isinstance(one, Mapping) else None
    name = function.get("name") if isinstance(function, Mapping) else None
    if not isinstance(function, Mapping) or not isinstance(name, str) or not name:
        raise Unsayable("calls a tool without a name")
    arguments = _object(function.get("arguments"))
    if arguments is None:
        raise Unsayable(f"calls {clip(visible(name), 40)} with arguments that are no object")
    id = one.get("id") if isinstance(one, Mapping) else None
    if isinstance(id, str):
        called[id] = name
    return {"name": name, "args": arguments}


def _result(message: Turn, called: Mapping[str, str]) -> dict[str, Any]:
    """Return what a tool gave, under the name of the call it answers."""
    name = called.get(str(message.get("tool_call_id"))) or message.get("name")
    if not isinstance(name, str) or not name:
        raise Unsayable("holds what a tool gave without saying which tool")
    texts = _texts(message.get("content"))
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


def tools_of(tools: Sequence[Any] | None) -> dict[str, Any]:
    """Return the tools that are offered, as declarations of functions."""
    if tools is None:
        return {}
    declared = []
    for one in tools:
        function = one.get("function", one) if isinstance(one, Mapping) else None
        if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
            raise Unsayable("offers a tool that is no function")
        declared.append(
            {key: function[key] for key in ("name", "description", "parameters") if key in function}
        )
    return {"tools": [{"functionDeclarations": declared}]} if declared else {}
