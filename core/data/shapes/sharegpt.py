"""The ShareGPT shape: `conversations` of `from` and `value`, with its own names for who speaks."""

import json
from collections.abc import Iterator
from typing import Any

from core.data.shapes.shape import (
    QUOTED,
    Complaint,
    Conversation,
    Shape,
    Turn,
    kind_of,
    text_complaints,
)
from core.text_safety import clip, visible

_SPEAKERS = {
    "system": "system",
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "assistant": "assistant",
    "model": "assistant",
    "bing": "assistant",
    "bard": "assistant",
    "function_call": "assistant",
    "observation": "tool",
    "function_response": "tool",
    "tool": "tool",
}
"""Who speaks, by what the files of various collections call them."""
_NAMES = (("from", "value"), ("role", "content"))
_MAY_BE_EMPTY = {"assistant", "tool", "system"}


def _complaints(value: dict[str, Any]) -> Iterator[Complaint]:
    said = value.get("conversations")
    if not isinstance(said, list):
        missing = (
            "is missing" if "conversations" not in value else f"is {kind_of(said)}, not a list"
        )
        yield Complaint("conversations", missing)
        return
    for place, turn in enumerate(said):
        yield from _turn_complaints(turn, f"conversations[{place}]")
    speakers = [_speaker(turn) for turn in said if isinstance(turn, dict)]
    if "assistant" not in speakers:
        yield Complaint("conversations", "has no assistant turn")
    if "user" in speakers and "assistant" in speakers[: speakers.index("user")]:
        yield Complaint("conversations", "has an answer before the first question")
    yield from text_complaints(value, "system", optional=True)
    tools = value.get("tools")
    if tools and not isinstance(_tools(tools), list):
        yield Complaint("tools", "is neither a list nor a list written as JSON text")


def _turn_complaints(turn: object, path: str) -> Iterator[Complaint]:
    if not isinstance(turn, dict):
        yield Complaint(path, f"is {kind_of(turn)}, not an object")
        return
    who, what = _names(turn)
    if who not in turn:
        yield Complaint(f"{path}.{who}", "is missing")
    elif _speaker(turn) is None:
        yield Complaint(f"{path}.{who}", f"is unknown: {clip(visible(repr(turn[who])), QUOTED)}")
    if turn.get("weight") not in (None, 0, 1):
        yield Complaint(f"{path}.weight", "is neither 0 nor 1")
    words = turn.get(what)
    if not isinstance(words, str):
        said = "is missing" if what not in turn else f"is {kind_of(words)}, not text"
        yield Complaint(f"{path}.{what}", said)
    elif not words.strip() and _speaker(turn) not in _MAY_BE_EMPTY:
        yield Complaint(f"{path}.{what}", "is empty")


def _names(turn: dict[str, Any]) -> tuple[str, str]:
    """Return what a turn calls its speaker and its words."""
    return next((pair for pair in _NAMES if pair[0] in turn or pair[1] in turn), _NAMES[0])


def _speaker(turn: dict[str, Any]) -> str | None:
    """Return the role of a turn, None where nobody knows the name."""
    said = turn.get(_names(turn)[0])
    return _SPEAKERS.get(said.lower()) if isinstance(said, str) else None


def _tools(tools: object) -> object:
    """Return the tools, also where they are a list written as text; None for an empty text."""
    if isinstance(tools, str):
        try:
            return json.loads(tools) if tools.strip() else None
        except (ValueError, RecursionError):
            return tools
    return tools


def _read(value: dict[str, Any]) -> Conversation:
    turns = []
    if value.get("system"):
        turns.append(Turn({"role": "system", "content": value["system"]}, "system"))
    calls = 0
    for place, turn in enumerate(value["conversations"]):
        who, what = _names(turn)
        path = f"conversations[{place}].{what}"
        raw: dict[str, Any] = {"role": _speaker(turn), "content": turn[what]}
        if turn[who].lower() == "function_call" and (called := _called(turn[what])):
            calls += 1
            raw = {"role": "assistant", "content": None, "tool_calls": _calls(called, calls)}
        elif raw["role"] == "tool":
            raw["tool_call_id"] = f"call_{calls}"
        if turn.get("weight") is not None:
            raw["weight"] = turn["weight"]
        turns.append(Turn(raw, path))
    tools = _tools(value.get("tools"))
    return Conversation(turns, tools if isinstance(tools, list) else None)


def _called(words: str) -> list[dict[str, Any]]:
    """Return the calls written in a text; none where it holds something else."""
    try:
        found = json.loads(words)
    except (ValueError, RecursionError):
        return []
    calls = found if isinstance(found, list) else [found]
    return calls if all(isinstance(one, dict) and "name" in one for one in calls) else []


def _calls(called: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    """Return calls as chat templates take them."""
    return [
        {
            "id": f"call_{number}",
            "type": "function",
            "function": {"name": one["name"], "arguments": one.get("arguments", {})},
        }
        for one in called
    ]


SHAREGPT = Shape(
    id="sharegpt", needs=frozenset({"conversations"}), complaints=_complaints, read=_read
)
