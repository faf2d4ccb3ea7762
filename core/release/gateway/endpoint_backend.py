"""Lets a server with the chat completions interface answer: vLLM, Ollama, a hosted provider."""

from collections.abc import AsyncGenerator

import aiohttp
import msgspec

from core.contenders.contender import Conversation
from core.contenders.endpoint import EndpointSpec
from core.contenders.openai_compatible import request_of
from core.redaction import Redactor
from core.release.gateway.backend import ArmFailedError, Piece
from core.release.gateway.reply import MOST_LINE, Reply
from core.text_safety import clip, visible

_SHOWN = 240
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
                said = Reply(self._redact)
                if reply.content_type == "text/event-stream":
                    async for block in reply.content.iter_any():
                        if text := said.take(block):
                            yield text
                elif text := said.whole(await _body(reply)):
                    yield text
                yield said.end()
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
                max_line_size=MOST_LINE,
            )
        return self._session

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


async def _body(reply: aiohttp.ClientResponse) -> bytes:
    """Return a whole body, however it is cut into blocks."""
    blocks: list[bytes] = []
    size = 0
    async for block in reply.content.iter_any():
        size += len(block)
        if size > MOST_LINE:
            raise ArmFailedError("the server sent an answer without end")
        blocks.append(block)
    return b"".join(blocks)
