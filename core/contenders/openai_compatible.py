"""Lets any server that speaks the chat completions interface answer; only inside a worker."""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import openai

from core.contenders.contender import Answer, Conversation, Unanswered, plain_conversation
from core.contenders.cost import Spent
from core.contenders.endpoint import EndpointSpec
from core.contenders.pace import LONGEST, backoff
from core.contenders.replies import Failed, Said, read_failure, read_reply
from core.data.rows import Example
from core.extras import require_extra
from core.redaction import Redactor

_GEMINI = "core.contenders.gemini_transport"
"""Imports Google's library, so it is named here and resolved where it is needed."""
_LOOK_SECONDS = 0.2
"""How often it is asked whether somebody wants an end."""
_SENT = ("role", "content", "name", "tool_calls", "tool_call_id")
"""Fields of a turn that servers take; data has others, such as `weight`."""
_LOST_IN_A_ROW = 5
"""So many items in a row without any reply mean that the server is gone, not busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the world gives; tests give another."""

    stop: Callable[[], bool] = lambda: False
    """Whether somebody asked for an end."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    """Waits so many seconds."""
    draw: Callable[[], float] = random.random
    """Gives numbers from 0 to 1."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    """The time, for servers that name a moment to come back at."""


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
        with asyncio.Runner() as runner:
            desk = runner.run(self._open())
            waiting = deque(range(len(asked)))
            under_way: dict[asyncio.Task[Said | Failed], int] = {}
            reasons: dict[int, str] = {}
            try:
                while (waiting or under_way) and not self._world.stop():
                    while waiting and len(under_way) < self._spec.at_once and not desk.over:
                        place = waiting.popleft()
                        task = runner.get_loop().create_task(desk.ask(asked[place]))
                        under_way[task] = place
                    if desk.over:
                        reasons |= dict.fromkeys(waiting, desk.over)
                        waiting.clear()
                    for task in runner.run(_some(under_way)):
                        place, result = under_way.pop(task), task.result()
                        if isinstance(result, Failed):
                            reasons[place] = result.why
                        else:
                            yield self._answer(place, result)
                if reasons and not self._world.stop():
                    raise Unanswered(dict(sorted(reasons.items())), by=self.name)
            finally:
                runner.run(_end(under_way, desk.client))

    async def _open(self) -> "_Desk":
        """Return a desk with a client of its own.

        Nothing is taken from the environment: the client would obey variables for the address,
        the organisation and further headers. A redirect is a reply like any other, not a way on.
        """
        client = openai.AsyncOpenAI(
            api_key=self._key or "none",
            base_url=self._spec.base_url,
            max_retries=0,
            timeout=self._spec.timeout_seconds,
            http_client=openai.DefaultAsyncHttpxClient(
                follow_redirects=False,
                trust_env=not self._spec.stays_here,
                **_carried(self._spec, self._key),
            ),
        )
        client.organization = client.project = None
        return _Desk(client, self._spec, self._world, self._redact, self.spent)

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


class _Desk:
    """Asks one server, all requests under one pace."""

    def __init__(
        self,
        client: openai.AsyncOpenAI,
        spec: EndpointSpec,
        world: Surroundings,
        redact: Redactor,
        spent: Spent,
    ) -> None:
        self.client = client
        self.over = ""
        """Why nothing more is asked; "" while it is."""
        self._spec = spec
        self._world = world
        self._redact = redact
        self._spent = spent
        self._lost = 0
        self._quiet = 0
        self._open = asyncio.Event()
        self._open.set()

    async def ask(self, asked: Conversation) -> Said | Failed:
        """Return the answer to one conversation, tried as often as it may be."""
        failed: Failed | None = None
        for number in range(1, self._spec.tries + 1):
            if failed is not None:
                await self._wait(failed, number - 1)
            await self._open.wait()
            if self.over:
                return failed or Failed(why=self.over, again=False)
            found = await self._try(asked)
            if isinstance(found, Said):
                self._lost = 0
                return found
            failed = found
            if failed.for_all or (failed.wait or 0) > LONGEST:
                self.over = self.over or _final(failed)
            if self.over or not failed.again:
                break
        assert failed is not None
        self._note_lost(failed)
        return failed

    async def _try(self, asked: Conversation) -> Said | Failed:
        """Send one request and return what came of it."""
        self._spent.requests += 1
        spec = self._spec
        try:
            async with asyncio.timeout(spec.timeout_seconds):
                reply = await self.client.chat.completions.create(
                    **request_of(spec, asked), extra_body=dict(spec.extra) or None
                )
        except (TimeoutError, ValueError, openai.OpenAIError) as error:
            return read_failure(error, self._redact, key_name=spec.key, now=self._world.now)
        found = read_reply(reply, self._redact)
        if isinstance(found, Said):
            self._spent.answers += 1
            self._spent.tokens_in += found.tokens_in or 0
            self._spent.tokens_out += found.tokens_out or 0
            self._spent.uncounted += found.tokens_in is None or found.tokens_out is None
        return found

    async def _wait(self, failed: Failed, failures: int) -> None:
        """Wait before the next try; what the server asks for holds for every request."""
        if failed.wait is None:
            await self._world.sleep(backoff(failures, draw=self._world.draw))
            return
        self._quiet += 1
        self._open.clear()
        try:
            await self._world.sleep(failed.wait)
        finally:
            self._quiet -= 1
            if not self._quiet:
                self._open.set()

    def _note_lost(self, found: Failed) -> None:
        """Give the server up where it answers nobody any more."""
        self._lost = self._lost + 1 if found.again else 0
        if self._lost >= _LOST_IN_A_ROW and not self.over:
            self.over = f"{found.why}, {self._lost} items in a row; the rest was not asked"


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


def _final(found: Failed) -> str:
    """Return why nobody is asked any more."""
    if found.for_all:
        return found.why
    return f"{found.why}, and wants {found.wait:,.0f} seconds of quiet"


async def _some(tasks: dict[asyncio.Task[Said | Failed], int]) -> set[asyncio.Task[Said | Failed]]:
    """Return the tasks that ended, after a moment at most."""
    if not tasks:
        return set()
    done, _ = await asyncio.wait(tasks, timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    return done


async def _end(tasks: dict[asyncio.Task[Said | Failed], int], client: openai.AsyncOpenAI) -> None:
    """Leave nothing under way."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await client.close()
