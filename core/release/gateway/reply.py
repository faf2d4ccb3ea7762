"""Reads what a server answers: one JSON object, or the events of a stream as their bytes come."""

from typing import Any

import msgspec

from core.redaction import Redactor
from core.release.gateway.backend import ArmFailedError, End
from core.text_safety import clip, visible

MOST_LINE = 4 * 1024 * 1024
"""A server that sends a longer line is broken."""
_SHOWN = 240
_DONE = b"[DONE]"


class _Said(msgspec.Struct):
    """A message, or what is new in one."""

    content: Any = None
    """The text; servers put other things there too, which count as none."""
    tool_calls: Any = None
    """Calls of tools, or parts of them."""


class _Choice(msgspec.Struct):
    """One answer of those that a server may give."""

    delta: _Said | None = None
    """What is new in it, in a stream."""
    message: _Said | None = None
    """All of it, in a reply that comes whole."""
    finish_reason: Any = None
    """Why it ended; None before its end."""


class _Event(msgspec.Struct):
    """A reply, or one event of it: only the fields that are used are made into values."""

    choices: list[_Choice] | None = None
    """The first one counts."""
    usage: Any = None
    """Tokens as the server counted them."""
    error: Any = None
    """What went wrong, in any shape."""


_EVENT = msgspec.json.Decoder(_Event)


class Reply:
    """What one reply said so far."""

    def __init__(self, redact: Redactor) -> None:
        """Take what covers keys in words of the server."""
        self._redact = redact
        self._begun = b""
        """A line whose end has not come."""
        self._reason: str | None = None
        self._usage: Any = None
        self._calls: dict[int, dict[str, Any]] = {}

    def take(self, block: bytes) -> str:
        """Return the text in the next bytes of a stream; pieces that come together go on as one."""
        *lines, self._begun = (self._begun + block).split(b"\n")
        if len(self._begun) > MOST_LINE:
            raise ArmFailedError("the server sent a line without end")
        said = [self._event(line[5:].strip()) for line in lines if line.startswith(b"data:")]
        return "".join(said)

    def whole(self, body: bytes) -> str:
        """Return the text of a reply that came whole."""
        return self._event(body)

    def _event(self, data: bytes) -> str:
        """Return the text in one event, "" where there is none."""
        if data == _DONE:
            return ""
        try:
            event = _EVENT.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError) as broken:
            raise ArmFailedError("the reply is no chat completion") from broken
        if event.error:
            words = visible(clip(self._redact(str(event.error)[: 20 * _SHOWN]), _SHOWN))
            raise ArmFailedError(f"the server broke off: {words}")
        if event.usage is not None:
            self._usage = event.usage
        if not event.choices:
            return ""
        choice = event.choices[0]
        if isinstance(choice.finish_reason, str):
            self._reason = choice.finish_reason
        said = choice.delta or choice.message
        if said is None:
            return ""
        if said.tool_calls:
            self._gather(said.tool_calls)
        return said.content if isinstance(said.content, str) else ""

    def _gather(self, calls: object) -> None:
        """Put the parts of calls of tools together, which servers send in pieces."""
        for part in calls if isinstance(calls, list) else ():
            if not isinstance(part, dict):
                continue
            place = part.get("index", len(self._calls))
            call = self._calls.setdefault(
                place if isinstance(place, int) else 0,
                {"type": "function", "function": {"name": "", "arguments": ""}},
            )
            call |= {name: part[name] for name in ("id", "type") if isinstance(part.get(name), str)}
            asked = part.get("function")
            for name in ("name", "arguments"):
                if isinstance(asked, dict) and isinstance(asked.get(name), str):
                    call["function"][name] += asked[name]

    def end(self) -> End:
        """Return how it ended; a reply that just stops is no answer."""
        if self._reason is None:
            raise ArmFailedError("the reply broke off before its end")
        if self._reason == "content_filter":
            raise ArmFailedError("a filter of the server withheld the answer")
        return End(
            stopped=self._reason != "length",
            tokens_in=_count(self._usage, "prompt_tokens"),
            tokens_out=_count(self._usage, "completion_tokens"),
            tool_calls=tuple(self._calls[place] for place in sorted(self._calls)),
        )


def _count(usage: object, name: str) -> int | None:
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and value >= 0 else None
