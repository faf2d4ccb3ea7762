"""Over a real connection: not even a static file without the token."""

import asyncio
import importlib.util
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tui.browser.gate import Gate

if importlib.util.find_spec("textual_serve") is None:
    pytest.skip("the extra [browser] is not installed", allow_module_level=True)

import aiohttp
from aiohttp import web

from tui.browser.server import make_application

PATHS = (
    "/",
    "/focus.js",
    "/ws",
    "/static/js/textual.js",
    "/static/css/xterm.css",
    "/download/x",
    "/nothing",
)


@asynccontextmanager
async def served() -> AsyncIterator[tuple[Gate, str]]:
    gate = Gate()
    program = (
        'import sys; sys.stdout.write("__GANGLION__\\n"); sys.stdout.flush(); sys.stdin.read(1)'
    )
    runner = web.AppRunner(
        make_application([sys.executable, "-c", program], gate, title="t"),
        access_log=None,
        shutdown_timeout=3.0,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        gate.listen_at("127.0.0.1", port)
        yield gate, f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


async def status(session: aiohttp.ClientSession, address: str, **headers: str) -> int:
    async with session.get(address, allow_redirects=False, headers=headers) as reply:
        await reply.read()
        return reply.status


async def test_without_the_token_nothing_is_served() -> None:
    async with served() as (gate, address), aiohttp.ClientSession() as session:
        assert {await status(session, address + path) for path in PATHS} == {403}
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await session.ws_connect(address + "/ws")
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await session.ws_connect(f"{address}/ws?token={gate.token}")


async def test_with_the_token_the_page_is_opened_once() -> None:
    jar = aiohttp.CookieJar(unsafe=True)  # cookies of an address without a name
    async with served() as (gate, address), aiohttp.ClientSession(cookie_jar=jar) as session:
        async with session.get(f"{address}/?token={gate.token}") as reply:
            assert reply.status == 200
            assert str(reply.url) == address + "/", "the token is gone from the address"
            assert "data-session-websocket-url" in await reply.text()
            assert reply.headers["X-Frame-Options"] == "DENY"
        (cookie,) = jar
        assert cookie["httponly"]
        assert await status(session, address + "/static/js/textual.js") == 200
        assert await status(session, address + "/nothing") == 404
        assert await status(session, address + "/", Host="evil.example") == 403
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await session.ws_connect(address + "/ws", origin="http://evil.example")
        async with asyncio.timeout(30), session.ws_connect(address + "/ws") as socket:
            await socket.send_json(["ping", "1"])
            assert (await socket.receive_json())[0] == "pong"
        async with aiohttp.ClientSession() as other:
            assert await status(other, f"{address}/?token={gate.token}") == 403
