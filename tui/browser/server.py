"""Serves the app to browsers, each connection a process of its own, behind the gate."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from shlex import join
from typing import TYPE_CHECKING

from tui.browser.gate import Gate
from tui.browser.page import FOCUS, headers, page

if TYPE_CHECKING:
    from aiohttp.web import Application, Request, StreamResponse

_FONT_SIZE = 16
_GOODBYE_S = 3.0
"""Open pages are given this long to close; what was shown as saved is on disk anyway."""
_MOST_AT_ONCE = 32
"""Browsers with the app open; each costs a process."""


async def serve(
    command: Sequence[str],
    gate: Gate,
    *,
    title: str,
    host: str,
    port: int,
    ready: Callable[[int], None],
) -> None:
    """Serve until somebody interrupts; `ready` is told the port once anybody may come."""
    from aiohttp import web

    application = make_application(command, gate, title=title)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_GOODBYE_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        ready(int(runner.addresses[0][1]))
        over = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, over.set)
        await over.wait()
    finally:
        with suppress(asyncio.CancelledError):
            await runner.cleanup()


def make_application(command: Sequence[str], gate: Gate, *, title: str) -> "Application":
    """Return the web application: a page, its files and a socket, all behind the gate."""
    from aiohttp import web
    from textual_serve.server import Server

    server = Server(join(command), title=title)
    room = asyncio.Semaphore(_MOST_AT_ONCE)

    @web.middleware
    async def guard(
        request: "Request", handler: Callable[["Request"], Awaitable["StreamResponse"]]
    ) -> "StreamResponse":
        answer = gate.answer(
            host=request.host,
            path=request.path,
            token=request.query.get("token", ""),
            cookie=request.cookies.get(gate.cookie_name, ""),
            origin=request.headers.get("Origin"),
        )
        if answer == "welcome":
            welcomed = web.Response(status=303, headers={"Location": "/"})
            welcomed.set_cookie(
                gate.cookie_name, gate.welcome(), httponly=True, samesite="Lax", path="/"
            )
            return welcomed
        if answer == "out":
            return web.Response(status=403, text="Open the link that `tuningfork serve` printed.\n")
        return await handler(request)

    async def index(request: "Request") -> "StreamResponse":
        text = page(title=title, host=request.host, secure=request.secure, size=_FONT_SIZE)
        return web.Response(text=text, content_type="text/html")

    async def focus(_: "Request") -> "StreamResponse":
        return web.Response(text=FOCUS, content_type="text/javascript")

    async def socket(request: "Request") -> "StreamResponse":
        if room.locked():
            raise web.HTTPServiceUnavailable(text="Too many have it open.\n")
        async with room:
            return await server.handle_websocket(request)

    async def add_headers(request: "Request", response: "StreamResponse") -> None:
        response.headers.update(headers(host=request.host))

    application = web.Application(middlewares=[guard])
    application.add_routes(
        [
            web.get("/", index),
            web.get("/focus.js", focus),
            web.get("/ws", socket),
            web.get("/download/{key}", server.handle_download),
            web.static("/static", server.statics_path),
        ]
    )
    application.on_response_prepare.append(add_headers)
    return application
