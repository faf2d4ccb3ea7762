"""Asks one server many things at once, all under one pace, and again what may still come."""

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Generic, Protocol, TypeVar

import openai

from core.contenders.pace import LONGEST, backoff
from core.contenders.replies import Failed

Asked = TypeVar("Asked")
Got = TypeVar("Got")
_LOOK_SECONDS = 0.2
"""How often it is asked whether somebody wants an end."""
_LOST_IN_A_ROW = 5
"""So many requests in a row without any reply mean that the server is gone, not busy."""


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


class Server(Protocol):
    """What is known of a server that is asked."""

    @property
    def base_url(self) -> str:
        """Return its address up to /v1."""
        ...

    @property
    def stays_here(self) -> bool:
        """Return whether it is this very machine."""
        ...

    @property
    def timeout_seconds(self) -> float:
        """Return the longest wait for one whole reply."""
        ...

    @property
    def tries(self) -> int:
        """Return how often one thing is asked at most."""
        ...


@asynccontextmanager
async def opened(
    server: Server, key: str | None, carried: Mapping[str, Any]
) -> AsyncIterator[openai.AsyncOpenAI]:
    """Yield a client that takes nothing from the environment and follows no redirect.

    The library would obey variables for the address, the organisation and further headers; a
    redirect is a reply like any other, not a way on.
    """
    client = openai.AsyncOpenAI(
        api_key=key or "none",
        base_url=server.base_url,
        max_retries=0,
        timeout=server.timeout_seconds,
        http_client=openai.DefaultAsyncHttpxClient(
            follow_redirects=False, trust_env=not server.stays_here, **carried
        ),
    )
    client.organization = client.project = None
    try:
        yield client
    finally:
        await client.close()


class Desk(Generic[Asked, Got]):
    """Asks one server by sending one request at a time for each thing."""

    def __init__(
        self,
        send: Callable[[openai.AsyncOpenAI, Asked], Awaitable[Got | Failed]],
        server: Server,
        key: str | None,
        world: Surroundings,
        *,
        carried: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """Take what sends one request; `carried` is what else the client's transport is given."""
        self.over = ""
        """Why nothing more is asked; "" while it is."""
        self.reasons: dict[int, str] = {}
        """Why there is no reply to some of what was asked, by place."""
        self._send = send
        self._server = server
        self._key = key
        self._world = world
        self._carried = carried
        self._lost = 0
        self._quiet = 0
        self._open = asyncio.Event()
        self._open.set()

    def replies(self, asked: Sequence[Asked], *, at_once: int) -> Iterator[tuple[int, Got]]:
        """Yield replies with their places as they come; end early when somebody asks for it."""
        waiting = deque(range(len(asked)))
        under_way: dict[asyncio.Task[Got | Failed], int] = {}
        with asyncio.Runner() as runner:
            door = opened(self._server, self._key, self._carried)
            client = runner.run(door.__aenter__())
            try:
                while (waiting or under_way) and not self._world.stop():
                    while waiting and len(under_way) < at_once and not self.over:
                        place = waiting.popleft()
                        task = runner.get_loop().create_task(self._ask(client, asked[place]))
                        under_way[task] = place
                    if self.over:
                        self.reasons |= dict.fromkeys(waiting, self.over)
                        waiting.clear()
                    for task in runner.run(_some(under_way)):
                        place, result = under_way.pop(task), task.result()
                        if isinstance(result, Failed):
                            self.reasons[place] = result.why
                        else:
                            yield place, result
            finally:
                runner.run(_end(under_way))
                runner.run(door.__aexit__(None, None, None))

    async def _ask(self, client: openai.AsyncOpenAI, asked: Asked) -> Got | Failed:
        """Return the reply to one thing, tried as often as it may be."""
        failed: Failed | None = None
        for number in range(1, self._server.tries + 1):
            if failed is not None:
                await self._wait(failed, number - 1)
            await self._open.wait()
            if self.over:
                return failed or Failed(why=self.over, again=False)
            found = await self._send(client, asked)
            if not isinstance(found, Failed):
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


def _final(found: Failed) -> str:
    """Return why nobody is asked any more."""
    if found.for_all:
        return found.why
    return f"{found.why}, and wants {found.wait:,.0f} seconds of quiet"


async def _some(tasks: dict[asyncio.Task[Got | Failed], int]) -> set[asyncio.Task[Got | Failed]]:
    """Return the tasks that ended, after a moment at most."""
    if not tasks:
        return set()
    done, _ = await asyncio.wait(tasks, timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    return done


async def _end(tasks: dict[asyncio.Task[Got | Failed], int]) -> None:
    """Leave nothing under way."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
