"""Runs the application on a socket, against clients that are slow, silent or without end."""

import asyncio
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from core.errors import MachineError
from core.release.gateway.wire import error_bytes
from core.release.release_plan import Listening
from core.text_safety import visible

_T = TypeVar("_T")
_MOST_HEADER = 32 * 1024
_AT_ONCE = 512
"""Connections; further ones are told to come back."""
_GRACE_SECONDS = 10
_LOOK_SECONDS = 0.2
_BACKLOG = 512


def bind(listen: Listening) -> socket.socket:
    """Return a socket at the release's address, or say why there is none."""
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((listen.host, listen.port))
        opened.listen(_BACKLOG)
    except OSError as error:
        opened.close()
        raise MachineError(
            what=f"The gateway cannot listen on {visible(listen.host)}, port {listen.port}.",
            why=f"The system answered: {visible(error.strerror or str(error))}.",
            remedy="Stop what listens there, or release under another `listen.port` (0: any).",
        ) from error
    return opened


def address_of(opened: socket.socket) -> str:
    """Return what clients put down as their base URL."""
    host, port, *_ = opened.getsockname()
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/v1"


def run_loop(work: Coroutine[Any, Any, _T]) -> _T:
    """Return what the work returns, done in a fast event loop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def serve(
    app: Starlette, opened: socket.socket, listen: Listening, *, stop: Callable[[], bool]
) -> None:
    """Answer until `stop` says so; requests under way may end."""
    # Whatever a client sends could fill the log of the process, or leave its words there.
    config = uvicorn.Config(
        app,
        http=type("Guarded", (_Guarded,), {"seconds": listen.request_seconds}),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        log_level="critical",
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[opened]))
    while not serving.done():
        if stop():
            server.should_exit = True
        await asyncio.wait([serving], timeout=_LOOK_SECONDS)
    await serving


async def _too_many(scope: Scope, receive: Receive, send: Send) -> None:
    """Tell a client to come back, in the shape of every other refusal."""
    content = error_bytes(503, "Too many ask at once; ask again.", code="too_many")
    headers = {"connection": "close", "retry-after": "1"}
    refusal = Response(content, 503, media_type="application/json", headers=headers)
    await refusal(scope, receive, send)


class _Server(uvicorn.Server):
    """Leaves the signals to the job, which answers them as every job does."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


class _Guarded(HttpToolsProtocol):
    """Sets a deadline and a size for the head of a request.

    The stock protocol waits for ever for a head that never ends, and keeps all of it.
    """

    seconds = 20.0
    _deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._deadline is None and (self.cycle is None or self.cycle.response_complete):
            self._expect_head()
        if self._deadline is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._deadline is not None and self._head_bytes > _MOST_HEADER:
            self.transport.close()

    def on_headers_complete(self) -> None:
        self._head_came()
        if len(self.connections) > _AT_ONCE:
            self.app = _too_many
        super().on_headers_complete()

    def _expect_head(self) -> None:
        self._head_bytes = 0
        self._deadline = self.loop.call_later(self.seconds, self._too_slow)

    def _head_came(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        self.transport.close()
