"""What a turn says and calls, and whether a text shows it."""

import json
import re
from collections.abc import Sequence
from typing import Any

from core.data.rows import Message

_SPACE = re.compile(r"\s+")


def content_of(message: Message) -> str:
    """Return the words of a turn without its calls of tools."""
    content = message.raw.get("content")
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content)
    return content if isinstance(content, str) else ""


def _called(message: Message) -> list[dict[str, Any]]:
    """Return the functions that a turn calls."""
    calls = [*(message.raw.get("tool_calls") or ()), message.raw.get("function_call")]
    found = [call.get("function", call) for call in calls if isinstance(call, dict)]
    return [function for function in found if isinstance(function, dict)]


def calls_of(message: Message) -> list[str]:
    """Return the names of the tools that a turn calls."""
    return [str(function.get("name", "")) for function in _called(message)]


def arguments_of(message: Message) -> list[str]:
    """Return the arguments that a turn gives as text."""
    given = [function.get("arguments") for function in _called(message)]
    return [one for one in given if isinstance(one, str)]


def is_escaped(whole: str, arguments: str) -> bool:
    """Whether a text shows arguments as a string inside a string, which no tool can read."""
    inner = json.dumps(arguments, ensure_ascii=False)[1:-1]
    return inner != arguments and inner in whole and arguments not in whole


def parts_of(message: Message) -> tuple[str, ...]:
    """Return what must be found where a turn is shown; calls are rendered in other words."""
    return (content_of(message), *calls_of(message))


def holds(text: str, parts: Sequence[str]) -> bool:
    """Whether a text has all the parts; templates may change the white space around them."""
    if all(part.strip() in text for part in parts):
        return True
    bare = _SPACE.sub("", text)
    return all(_SPACE.sub("", part) in bare for part in parts)


def shows(whole: str, content: str) -> bool:
    """Whether a text has the words of a turn, as they are or as a JSON string."""
    escaped = (json.dumps(content, ensure_ascii=ascii)[1:-1] for ascii in (False, True))
    return holds(whole, (content,)) or any(holds(whole, (one,)) for one in escaped)
