"""Reads the body of a chat completion request into what a contender is asked.

The types are the parser and, in `openapi.py`, the published schema: there is no second list.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import Meta, Struct

from core.data.rows import Example, Message
from core.text_safety import clip

_MOST_DEPTH = 64
"""How deep tools and calls of them may be nested; what is deeper would end those who walk it."""
_SAID = 300
_WHERE = re.compile(r"^(.*?)(?: - at `(?:key in )?\$\.?(.*)`)?$", re.DOTALL)
_MISSING = re.compile(r"missing required field `(\w+)`")

Name: TypeAlias = Annotated[str, Meta(max_length=512)]
Limit: TypeAlias = Annotated[float, Meta(ge=1, le=2**52, multiple_of=1)]
"""Tokens; to JSON a whole number with a point is one too."""


class TextPart(Struct):
    """A part of a content; text is the only kind that a release takes."""

    type: Literal["text"]
    text: str


Words: TypeAlias = str | list[TextPart]


class _Turn(Struct, tag_field="role"):
    """What every turn may have."""

    name: str | None = None
    tool_calls: list[Any] | None = None
    tool_call_id: str | None = None


class _Spoken(_Turn, kw_only=True):
    """A turn that says something."""

    content: Words


class SystemTurn(_Spoken, tag="system"):
    """What the answer is to keep to."""


class DeveloperTurn(_Spoken, tag="developer"):
    """The same, by its newer name."""


class UserTurn(_Spoken, tag="user"):
    """What a person said."""


class ToolTurn(_Spoken, tag="tool"):
    """What a tool answered."""


class AssistantTurn(_Turn, tag="assistant", kw_only=True):
    """What was answered; nothing where tools were called instead."""

    content: Words | None = None


Turn: TypeAlias = SystemTurn | DeveloperTurn | UserTurn | ToolTurn | AssistantTurn


class StreamOptions(Struct):
    """How a stream ends."""

    include_usage: bool | None = None


class Request(Struct):
    """A request for an answer. Sampling belongs to the release: other fields change nothing."""

    messages: Annotated[list[Turn], Meta(min_length=1, max_length=2000)]
    model: Annotated[Name, Meta(description="Name of the release, or nothing.")] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: Limit | None = None
    max_completion_tokens: Limit | None = None
    tools: (
        Annotated[list[Any], Meta(description=f"Nested {_MOST_DEPTH} levels at most.")] | None
    ) = None
    n: Literal[1] | None = None
    user: Annotated[Name, Meta(description="Decides which arm answers, always.")] | None = None
    safety_identifier: Annotated[Name, Meta(description="The same, and first.")] | None = None


_REQUEST = msgspec.json.Decoder(Request)
_T = TypeVar("_T")


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


def decode(body: bytes, decoder: "msgspec.json.Decoder[_T]") -> _T:
    """Return what is in a body, or refuse it by the name of the field."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as wrong:
        raise _refused(str(wrong)) from wrong
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise RefusedError(400, "The body is not valid JSON.", code="invalid_json") from broken


def _refused(why: str) -> RefusedError:
    """Return the refusal that names the field, from the words of the parser."""
    match = _WHERE.match(why)
    said, place = match.groups("") if match else ("It is not what was expected", "")
    missing = _MISSING.search(said)
    param = ".".join(one for one in (place, missing[1] if missing else "") if one)
    message = f"{param} is missing." if missing else f"{place or 'The body'}: {said}."
    return RefusedError(
        400, clip(message, _SAID), code="invalid_value", param=clip(param, 80) or None
    )


def read_request(body: bytes) -> Asked:
    """Return what a body asks for, or refuse it by the name of the field."""
    asked = decode(body, _REQUEST)
    _shallow(asked.tools, "tools")
    options = asked.stream_options
    return Asked(
        example=Example(
            row=0,
            messages=tuple(_message(turn, place) for place, turn in enumerate(asked.messages)),
            tools=asked.tools or None,
        ),
        user=asked.safety_identifier or asked.user or "",
        stream=bool(asked.stream),
        with_usage=options is not None and bool(options.include_usage),
        limit=int(asked.max_completion_tokens or asked.max_tokens or 0) or None,
        model=asked.model or "",
    )


def _message(turn: Turn, place: int) -> Message:
    """Return one turn; its content as plain text."""
    role = str(turn.__struct_config__.tag)
    content = turn.content
    text = "".join(part.text for part in content) if isinstance(content, list) else content or ""
    raw: dict[str, Any] = {"role": role, "content": text}
    if turn.tool_calls is not None:
        _shallow(turn.tool_calls, f"messages[{place}].tool_calls")
        raw["tool_calls"] = turn.tool_calls
    if turn.name is not None:
        raw["name"] = turn.name
    if turn.tool_call_id is not None:
        raw["tool_call_id"] = turn.tool_call_id
    return Message(role=role, text=text, trains=False, raw=raw)


def _shallow(value: object, path: str) -> None:
    """Refuse what is nested too deep."""
    level = [value]
    for _ in range(_MOST_DEPTH):
        inner = [one for one in level if isinstance(one, list | dict)]
        if not inner:
            return
        level = [two for one in inner for two in (one.values() if isinstance(one, dict) else one)]
    why = f"{path} is nested deeper than {_MOST_DEPTH} levels."
    raise RefusedError(400, why, code="invalid_value", param=path)
