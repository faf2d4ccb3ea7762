"""The OpenAI shape: `messages` of role and content, with tools, parts and weights."""

from collections.abc import Iterator
from typing import Any

from core.data.shapes.shape import QUOTED, Complaint, Conversation, Shape, Turn, kind_of
from core.text_safety import clip, visible

_ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_MAY_BE_EMPTY = {"system", "developer", "assistant", "tool", "function"}
"""Empty answers have a check of their own; an empty tool result is a result."""


def _complaints(value: dict[str, Any]) -> Iterator[Complaint]:
    if "messages" not in value:
        yield Complaint("messages", "is missing")
        return
    messages = value["messages"]
    if not isinstance(messages, list):
        yield Complaint("messages", f"is {kind_of(messages)}, not a list")
        return
    yield from turn_complaints(messages, "messages")
    if not any(isinstance(m, dict) and m.get("role") == "assistant" for m in messages):
        yield Complaint("messages", "has no assistant turn")
    spoken = [m.get("role") for m in messages if isinstance(m, dict)]
    if "user" in spoken and "assistant" in spoken[: spoken.index("user")]:
        yield Complaint("messages", "has an answer before the first question")
    yield from tools_complaints(value)


def tools_complaints(value: dict[str, Any]) -> Iterator[Complaint]:
    """Yield what is wrong with the tools that a row offers."""
    if value.get("tools") is not None and not isinstance(value["tools"], list):
        yield Complaint("tools", f"is {kind_of(value['tools'])}, not a list")


def turn_complaints(messages: list[Any], path: str) -> Iterator[Complaint]:
    """Yield what is wrong with each turn of a list of messages."""
    for place, message in enumerate(messages):
        yield from _message_complaints(message, f"{path}[{place}]")


def _message_complaints(message: object, path: str) -> Iterator[Complaint]:
    if not isinstance(message, dict):
        yield Complaint(path, f"is {kind_of(message)}, not an object")
        return
    role = message.get("role")
    if "role" not in message:
        yield Complaint(f"{path}.role", "is missing")
    elif role not in _ROLES:
        yield Complaint(f"{path}.role", f"is unknown: {clip(visible(repr(role)), QUOTED)}")
    if role == "tool" and not isinstance(message.get("tool_call_id"), str):
        yield Complaint(f"{path}.tool_call_id", "is missing")
    if message.get("weight") not in (None, 0, 1):
        yield Complaint(f"{path}.weight", "is neither 0 nor 1")
    yield from _content_complaints(message, role, f"{path}.content")


def _content_complaints(message: dict[str, Any], role: object, path: str) -> Iterator[Complaint]:
    content = message.get("content")
    if content is None:
        if not (message.get("tool_calls") or message.get("function_call")):
            yield Complaint(path, "is null" if "content" in message else "is missing")
    elif isinstance(content, list):
        for place, part in enumerate(content):
            if not (isinstance(part, dict) and isinstance(part.get("type"), str)):
                yield Complaint(f"{path}[{place}]", "is no content part with a type")
            elif part["type"] == "text" and not isinstance(part.get("text"), str):
                yield Complaint(f"{path}[{place}].text", "is missing or not text")
    elif not isinstance(content, str):
        yield Complaint(path, f"is {kind_of(content)}, not text")
    elif not content.strip() and role not in _MAY_BE_EMPTY:
        yield Complaint(path, "is empty")


def turns_of(messages: list[dict[str, Any]], path: str) -> list[Turn]:
    """Return the turns of a list of messages without complaints."""
    return [Turn(raw, f"{path}[{place}].content") for place, raw in enumerate(messages)]


def not_trained(turns: list[Turn]) -> list[Turn]:
    """Return the turns of a prompt: an answer inside it is context and carries no loss."""
    return [
        Turn(turn.raw | {"weight": 0}, turn.path) if turn.raw["role"] == "assistant" else turn
        for turn in turns
    ]


def _read(value: dict[str, Any]) -> Conversation:
    return Conversation(turns_of(value["messages"], "messages"), value.get("tools"))


CHAT = Shape(id="chat", needs=frozenset({"messages"}), complaints=_complaints, read=_read)
