"""Lets a server with the chat completions interface answer: vLLM, Ollama, a hosted provider."""

from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import msgspec

from core.contenders.contender import Conversation
from core.contenders.endpoint import EndpointSpec
from core.contenders.openai_compatible import request_of
from core.redaction import Redactor
from core.release.gateway.backend import ArmFailedError, End, Piece
from core.text_safety import clip, visible

_SHOWN = 240
_MOST_LINE = 4 * 1024 * 1024
"""A server that sends a longer line, or a longer error, is broken."""
_OK = 200


class EndpointBackend:
    """One server; its connections are kept open between requests."""

    def __init__(self, spec: EndpointSpec, key: str | None) -> None:
        """Open nothing yet; only a running event loop can."""
        self._spec = spec
        self._redact = Redactor([key] if key else [])
        self._headers = {"content-type": "application/json"}
        if key:
            self._headers["authorization"] = f"Bearer {key}"
        self._address = f"{spec.base_url.rstrip('/')}/chat/completions"
        self._session: aiohttp.ClientSession | None = None

    async def answer(
        self, asked: Conversation, limit: int, *, stream: bool
    ) -> AsyncGenerator[Piece]:
        """Yield what the server says."""
        request = request_of(self._spec, asked) | dict(self._spec.extra)
        request[self._spec.limit_field] = min(limit, self._spec.max_tokens)
        if stream:
            request |= {"stream": True, "stream_options": {"include_usage": True}}
        try:
            async with self._open().post(
                self._address,
                data=msgspec.json.encode(request),
                headers=self._headers,
                allow_redirects=False,
            ) as reply:
                if reply.status != _OK:
                    raise ArmFailedError(await self._refusal(reply))
                if reply.content_type == "text/event-stream":
                    async for piece in self._streamed(reply):
                        yield piece
                else:
                    for piece in self._whole(await _body(reply)):
                        yield piece
        except TimeoutError as late:
            raise ArmFailedError("no whole answer came in time") from late
        except (aiohttp.ClientError, OSError) as broken:
            kind = type(broken).__name__
            raise ArmFailedError(f"the connection failed or was cut ({kind})") from broken

    def _open(self) -> aiohttp.ClientSession:
        """Return the session; a server of this machine is never asked through a proxy."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._spec.at_once),
                timeout=aiohttp.ClientTimeout(total=self._spec.timeout_seconds),
                trust_env=not self._spec.stays_here,
                cookie_jar=aiohttp.DummyCookieJar(),
                read_bufsize=2**18,
                max_line_size=_MOST_LINE,
            )
        return self._session

    async def _streamed(self, reply: aiohttp.ClientResponse) -> AsyncGenerator[Piece]:
        """Yield the pieces of server-sent events."""
        reading = _Reading(self._redact)
        waiting = b""
        async for block in reply.content.iter_any():
            *lines, waiting = (waiting + block).split(b"\n")
            if len(waiting) > _MOST_LINE:
                raise ArmFailedError("the server sent a line without end")
            for line in lines:
                if not line.startswith(b"data:"):
                    continue
                text = reading.read(line[5:].strip())
                if text:
                    yield text
        yield reading.end()

    def _whole(self, body: bytes) -> list[Piece]:
        """Return the answer of a server that does not stream."""
        reading = _Reading(self._redact)
        text = reading.read(body)
        end = reading.end()
        return [text, end] if text else [end]

    async def _refusal(self, reply: aiohttp.ClientResponse) -> str:
        """Return what the server said instead, without a key in it."""
        try:
            said = (await reply.content.read(20 * _SHOWN)).decode("utf-8", "replace")
        except aiohttp.ClientError:
            said = ""
        words = visible(clip(self._redact(said), _SHOWN)).strip()
        return f"the server answered {reply.status}: {words}".rstrip(": ")

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()


class _Reading:
    """What one reply said so far."""

    def __init__(self, redact: Redactor) -> None:
        self._redact = redact
        self._reason: str | None = None
        self._usage: Any = None
        self._calls: dict[int, dict[str, Any]] = {}
        self._done = False

    def read(self, data: bytes) -> str:
        """Return the text in one event, "" where there is none."""
        if data == b"[DONE]":
            self._done = True
            return ""
        try:
            event = msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError) as broken:
            raise ArmFailedError("the reply is no chat completion") from broken
        if not isinstance(event, dict) or event.get("error"):
            words = visible(clip(self._redact(str(event)[: 20 * _SHOWN]), _SHOWN))
            raise ArmFailedError(f"the server broke off: {words}")
        if isinstance(event.get("usage"), dict):
            self._usage = event["usage"]
        choices = event.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return ""
        reason = choice.get("finish_reason")
        if isinstance(reason, str):
            self._reason = reason
        said = choice.get("delta") or choice.get("message")
        if not isinstance(said, dict):
            return ""
        self._gather(said.get("tool_calls"))
        text = said.get("content")
        return text if isinstance(text, str) else ""

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


async def _body(reply: aiohttp.ClientResponse) -> bytes:
    """Return a whole body, however it is cut into blocks."""
    blocks: list[bytes] = []
    size = 0
    async for block in reply.content.iter_any():
        size += len(block)
        if size > _MOST_LINE:
            raise ArmFailedError("the server sent an answer without end")
        blocks.append(block)
    return b"".join(blocks)
