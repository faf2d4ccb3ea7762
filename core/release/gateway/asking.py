"""Reads the body of a chat completion request into what a contender is asked."""

from dataclasses import dataclass
from typing import Any

import msgspec

from core.data.rows import Example, Message

_ROLES = {"system", "developer", "user", "assistant", "tool"}
_MOST_TURNS = 2000
_USER_LETTERS = 512
_MOST_DEPTH = 64
"""How deep tools and calls of them may be nested; what is deeper would end those who walk it."""


class RefusedError(Exception):
    """A request that gets no answer, with what its sender is told."""

    def __init__(self, status: int, message: str, *, code: str, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a client wants."""

    example: Example
    """The turns, as contenders take them."""
    user: str
    """Key of the user, "" where the request names none."""
    stream: bool
    """Whether the answer is sent as it comes."""
    with_usage: bool
    """Whether a stream ends with the count of tokens."""
    limit: int | None
    """Longest answer in tokens that the client wants."""
    model: str
    """The release that was asked for."""


def decode(body: bytes) -> dict[str, Any]:
    """Return the JSON object in a body."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise RefusedError(400, "The body is not valid JSON.", code="invalid_json") from broken
    if not isinstance(value, dict):
        raise RefusedError(400, "The body is no JSON object.", code="invalid_json")
    return value


def read_request(body: bytes) -> Asked:
    """Return what a body asks for, or refuse it by the name of the field."""
    value = decode(body)
    turns = value.get("messages")
    if not isinstance(turns, list) or not turns:
        raise _wrong("messages", "is no list of turns")
    if len(turns) > _MOST_TURNS:
        raise _wrong("messages", f"has more than {_MOST_TURNS:,} turns")
    messages = tuple(_message(one, f"messages[{n}]") for n, one in enumerate(turns))
    tools = value.get("tools")
    if tools is not None and not isinstance(tools, list):
        raise _wrong("tools", "is no list")
    _shallow(tools, "tools")
    if value.get("n") not in (None, 1):
        raise _wrong("n", "is not 1: a release gives one answer")
    options = value.get("stream_options")
    return Asked(
        example=Example(row=0, messages=messages, tools=tools or None),
        user=_text(value, "safety_identifier") or _text(value, "user"),
        stream=_flag(value, "stream"),
        with_usage=isinstance(options, dict) and options.get("include_usage") is True,
        limit=_limit(value),
        model=_text(value, "model"),
    )


def _message(value: object, path: str) -> Message:
    """Return one turn; its content as plain text."""
    if not isinstance(value, dict):
        raise _wrong(path, "is no object")
    role = value.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise _wrong(f"{path}.role", f"is none of {', '.join(sorted(_ROLES))}")
    content = value.get("content")
    calls = value.get("tool_calls")
    if calls is not None and not isinstance(calls, list):
        raise _wrong(f"{path}.tool_calls", "is no list")
    _shallow(calls, f"{path}.tool_calls")
    for name in ("name", "tool_call_id"):
        if not isinstance(value.get(name, ""), str):
            raise _wrong(f"{path}.{name}", "is no text")
    if content is None and not (role == "assistant" and calls):
        raise _wrong(f"{path}.content", "is missing")
    text = _words(content, f"{path}.content")
    raw: dict[str, Any] = {"role": role, "content": text}
    raw |= {name: value[name] for name in ("name", "tool_calls", "tool_call_id") if name in value}
    return Message(role=role, text=text, trains=False, raw=raw)


def _shallow(value: object, path: str) -> None:
    """Refuse what is nested too deep."""
    level = [value]
    for _ in range(_MOST_DEPTH):
        inner = [one for one in level if isinstance(one, list | dict)]
        if not inner:
            return
        level = [two for one in inner for two in (one.values() if isinstance(one, dict) else one)]
    raise _wrong(path, f"is nested deeper than {_MOST_DEPTH} levels")


def _words(content: object, path: str) -> str:
    """Return the text of a content; parts of text are put together, others are refused."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise _wrong(path, "is no text")
    parts = []
    for place, part in enumerate(content):
        text = part.get("text") if isinstance(part, dict) and part.get("type") == "text" else None
        if not isinstance(text, str):
            raise _wrong(f"{path}[{place}]", "is no part of text, the only kind a release takes")
        parts.append(text)
    return "".join(parts)


def _limit(value: dict[str, Any]) -> int | None:
    for name in ("max_completion_tokens", "max_tokens"):
        found = value.get(name)
        if found is None:
            continue
        if not isinstance(found, int) or isinstance(found, bool) or found < 1:
            raise _wrong(name, "is no whole number above 0")
        return found
    return None


def _flag(value: dict[str, Any], name: str) -> bool:
    found = value.get(name)
    if found is not None and not isinstance(found, bool):
        raise _wrong(name, "is neither true nor false")
    return bool(found)


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    if found is None:
        return ""
    if not isinstance(found, str) or len(found) > _USER_LETTERS:
        raise _wrong(name, f"is no text of at most {_USER_LETTERS} characters")
    return found


def _wrong(param: str, why: str) -> RefusedError:
    return RefusedError(400, f"{param} {why}.", code="invalid_value", param=param)
