"""A real headless browser, told what to do over its DevTools socket."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
DEADLINE_S = 120.0
_LOOK_S = 0.05
_BETWEEN_KEYS_S = 0.4
"""Faster ones are a key that is held down."""


class Tab:
    """One page of the browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0

    async def call(self, method: str, **params: Any) -> Any:
        """Send one command and return its result."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": params})
        while True:
            said = await self._socket.receive_json()
            if said.get("id") == self._number:
                assert "error" not in said, said
                return said["result"]

    async def value(self, script: str) -> Any:
        """Return what a script in the page is worth."""
        found = await self.call("Runtime.evaluate", expression=script, returnByValue=True)
        return found["result"].get("value")

    async def press(self, key: str) -> None:
        """Press a key: a character, or Enter."""
        enter = key == "Enter"
        code = 13 if enter else ord(key.upper())
        about = {"key": key, "windowsVirtualKeyCode": code, "code": "Enter" if enter else ""}
        await self.call(
            "Input.dispatchKeyEvent", type="keyDown", text="\r" if enter else key, **about
        )
        await self.call("Input.dispatchKeyEvent", type="keyUp", **about)

    async def press_until(self, key: str, done: Callable[[], bool], what: str) -> None:
        """Press a key now and then until it had its effect; a key may come before the screen."""

        async def pressed() -> bool:
            if done():
                return True
            await self.press(key)
            await asyncio.sleep(_BETWEEN_KEYS_S)
            return done()

        await until(pressed, what)

    async def until(self, script: str) -> None:
        """Wait until a script in the page is true."""
        await until(lambda: self.value(script), script)


async def until(condition: Callable[[], Any], what: str) -> None:
    """Wait for a condition, which may be a coroutine's."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            while True:
                found = condition()
                if await found if asyncio.iscoroutine(found) else found:
                    return
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        raise AssertionError(f"never happened: {what}") from None


@asynccontextmanager
async def browser(folder: Path) -> AsyncIterator[Tab]:
    """Yield an empty page; the browser writes into the folder only, and ends with the block."""
    assert BROWSER is not None
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    flags += ["--no-first-run", "--disable-background-networking", "--remote-debugging-port=0"]
    process = await asyncio.create_subprocess_exec(
        BROWSER,
        *flags,
        f"--user-data-dir={folder}",
        "--window-size=1000,700",
        "about:blank",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        port_file = folder / "DevToolsActivePort"
        await until(lambda: port_file.exists() and port_file.read_text().count("\n"), "a port")
        port = port_file.read_text().split()[0]
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as reply:
                pages = json.loads(await reply.text())
            address = next(one for one in pages if one["type"] == "page")["webSocketDebuggerUrl"]
            async with session.ws_connect(address, max_msg_size=0) as socket:
                tab = Tab(socket)
                # A window without a screen is never in front; pages are told that it is.
                await tab.call("Emulation.setFocusEmulationEnabled", enabled=True)
                yield tab
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
