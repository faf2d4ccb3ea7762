"""Reads a parsed row as a chat in the OpenAI shape, or lists every way in which it is not one."""

import json
from collections.abc import Iterator
from typing import Any

from core.data.rows import Example, Fault, Message
from core.text_safety import clip, visible

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_MAY_BE_EMPTY = {"system", "developer", "assistant", "tool", "function"}
"""Empty answers have a check of their own; an empty tool result is a result."""
_QUOTED = 40


def shape_faults(value: object, row: int) -> list[Fault]:
    """Return every fault of the `schema` check, not only the first."""
    return [
        Fault(check="schema", row=row, path=path, message=message)
        for path, message in _row_faults(value)
    ]


def _row_faults(value: object) -> Iterator[tuple[str, str]]:
    """Yield path and complaint for one row."""
    if not isinstance(value, dict):
        yield "", f"is {_kind(value)}, not an object with messages"
        return
    if "messages" not in value:
        yield "messages", "is missing"
        return
    messages = value["messages"]
    if not isinstance(messages, list):
        yield "messages", f"is {_kind(messages)}, not a list"
        return
    for place, message in enumerate(messages):
        yield from _message_faults(message, f"messages[{place}]")
    if not any(isinstance(m, dict) and m.get("role") == "assistant" for m in messages):
        yield "messages", "has no assistant turn"
    spoken = [m.get("role") for m in messages if isinstance(m, dict)]
    if "user" in spoken and "assistant" in spoken[: spoken.index("user")]:
        yield "messages", "has an answer before the first question"
    if value.get("tools") is not None and not isinstance(value["tools"], list):
        yield "tools", f"is {_kind(value['tools'])}, not a list"


def _message_faults(message: object, path: str) -> Iterator[tuple[str, str]]:
    """Yield path and complaint for one turn."""
    if not isinstance(message, dict):
        yield path, f"is {_kind(message)}, not an object"
        return
    role = message.get("role")
    if "role" not in message:
        yield f"{path}.role", "is missing"
    elif role not in ROLES:
        yield f"{path}.role", f"is unknown: {clip(visible(repr(role)), _QUOTED)}"
    if role == "tool" and not isinstance(message.get("tool_call_id"), str):
        yield f"{path}.tool_call_id", "is missing"
    if message.get("weight", 1) not in (0, 1):
        yield f"{path}.weight", "is neither 0 nor 1"
    yield from _content_faults(message, role, f"{path}.content")


def _content_faults(message: dict[str, Any], role: object, path: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the content of a turn."""
    content = message.get("content")
    if content is None:
        if not (message.get("tool_calls") or message.get("function_call")):
            yield path, "is null" if "content" in message else "is missing"
    elif isinstance(content, list):
        for place, part in enumerate(content):
            if not (isinstance(part, dict) and isinstance(part.get("type"), str)):
                yield f"{path}[{place}]", "is no content part with a type"
    elif not isinstance(content, str):
        yield path, f"is {_kind(content)}, not text"
    elif not content.strip() and role not in _MAY_BE_EMPTY:
        yield path, "is empty"


def _kind(value: object) -> str:
    """Return what a JSON value is, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    names = {dict: "an object", list: "a list", str: "a text", int: "a number", float: "a number"}
    return names[type(value)]


def to_example(value: dict[str, Any], row: int) -> Example:
    """Return the conversation of a row that has no fault of shape."""
    return Example(
        row=row,
        messages=tuple(_to_message(raw) for raw in value["messages"]),
        tools=value.get("tools"),
    )


def _to_message(raw: dict[str, Any]) -> Message:
    """Return one turn."""
    trains = raw["role"] == "assistant" and raw.get("weight", 1) != 0
    return Message(role=raw["role"], text=_text(raw), trains=trains, raw=raw)


def _text(raw: dict[str, Any]) -> str:
    """Return the words of a turn, calls of tools included."""
    content = raw.get("content")
    words = content if isinstance(content, str) else ""
    if isinstance(content, list):
        words = "".join(str(part.get("text", "")) for part in content)
    calls = raw.get("tool_calls") or raw.get("function_call")
    return words + canonical(calls) if calls else words


def canonical(value: object) -> str:
    """Return JSON with sorted keys, no spaces and nothing escaped that need not be."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
