"""Lets any server that speaks the chat completions interface answer; only inside a worker."""

import asyncio
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

import openai

from core.contenders.contender import Answer, Conversation, Unanswered, plain_conversation
from core.contenders.cost import Spent
from core.contenders.desk import Desk, Surroundings
from core.contenders.endpoint import EndpointSpec
from core.contenders.replies import Failed, Said, read_failure, read_reply
from core.data.rows import Example
from core.extras import require_extra
from core.redaction import Redactor

_GEMINI = "core.contenders.gemini_transport"
"""Imports Google's library, so it is named here and resolved where it is needed."""
_SENT = ("role", "content", "name", "tool_calls", "tool_call_id")
"""Fields of a turn that servers take; data has others, such as `weight`."""


class OpenAICompatible:
    """A contender behind an address."""

    def __init__(
        self,
        name: str,
        spec: EndpointSpec,
        key: str | None,
        surroundings: Surroundings | None = None,
    ) -> None:
        self.name = name
        self.spent = Spent()
        self._spec = spec
        self._key = key
        self._world = surroundings or Surroundings()
        self._redact = Redactor([key] if key else [])
        self.identity: dict[str, Any] = {
            "endpoint": spec.base_url.rstrip("/"),
            "model": spec.model,
            "max_new_tokens": spec.max_tokens,
            "temperature": spec.temperature,
            "extra": spec.extra,
        }

    def conversation(self, example: Example) -> Conversation:
        """Return the turns before the last answer."""
        return plain_conversation(example)

    def answer(self, asked: Sequence[Conversation]) -> Iterator[Answer]:
        """Yield answers as they come; end early when somebody asks for it."""
        carried = _carried(self._spec, self._key)
        desk = Desk(self._try, self._spec, self._key, self._world, carried=carried)
        for place, said in desk.replies(asked, at_once=self._spec.at_once):
            yield self._answer(place, said)
        if desk.reasons and not self._world.stop():
            raise Unanswered(dict(sorted(desk.reasons.items())), by=self.name)

    async def _try(self, client: openai.AsyncOpenAI, asked: Conversation) -> Said | Failed:
        """Send one request and return what came of it."""
        self.spent.requests += 1
        spec = self._spec
        try:
            async with asyncio.timeout(spec.timeout_seconds):
                reply = await client.chat.completions.create(
                    **request_of(spec, asked), extra_body=dict(spec.extra) or None
                )
        except (TimeoutError, ValueError, openai.OpenAIError) as error:
            return read_failure(error, self._redact, key_name=spec.key, now=self._world.now)
        found = read_reply(reply, self._redact)
        if isinstance(found, Said):
            self.spent.answers += 1
            self.spent.tokens_in += found.tokens_in or 0
            self.spent.tokens_out += found.tokens_out or 0
            self.spent.uncounted += found.tokens_in is None or found.tokens_out is None
        return found

    @staticmethod
    def _answer(place: int, said: Said) -> Answer:
        return Answer(
            place=place,
            text=said.text,
            tokens=said.tokens_out or 0,
            stopped=said.stopped,
            cut=False,
            costly=True,
        )


def _carried(spec: EndpointSpec, key: str | None) -> dict[str, Any]:
    """Return what carries the requests where the server speaks another language."""
    if spec.interface == "chat":
        return {}
    require_extra("vertex", "Google Vertex AI")
    return {"transport": import_module(_GEMINI).GeminiTransport(spec, key)}


def request_of(spec: EndpointSpec, asked: Conversation) -> dict[str, Any]:
    """Return what is sent for a conversation beside the endpoint's further fields.

    There is no reference in it, and nothing else of the row.
    """
    request: dict[str, Any] = {
        "model": spec.model,
        "messages": [
            {field: turn[field] for field in _SENT if field in turn} for turn in asked.messages
        ],
        spec.limit_field: spec.max_tokens,
    }
    if spec.temperature != "server":
        request["temperature"] = spec.temperature
    if asked.tools:
        request["tools"] = asked.tools
    return request
