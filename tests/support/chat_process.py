"""A chat server in a process of its own, so that it can be killed: says the last turn in capitals.

`python -m tests.support.chat_process PORT`. A stream comes word by word with pauses, so that a
signal finds it under way.
"""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any, TypeAlias

import uvicorn

from tests.support.jobs import wait_until

_Told: TypeAlias = MutableMapping[str, Any]
_CHUNK = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
_PAUSE = 0.002


class ChatProcess:
    """One server at one port, dead or alive."""

    def __init__(self, log: Path) -> None:
        """Take a free port and begin; `log` gets what the process says."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.begin()

    def begin(self) -> None:
        """Return once it answers at its port."""
        if self._process is not None:
            return
        command = [sys.executable, "-m", "tests.support.chat_process", str(self.port)]
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(
                command, stdout=out, stderr=out, cwd=Path(__file__).parents[2]
            )
        wait_until(self._listens, "the chat server listens")

    def _listens(self) -> bool:
        with socket.socket() as tried:
            return tried.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """End it as the system does when memory runs out."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


async def answer(
    scope: _Told,
    receive: Callable[[], Awaitable[_Told]],
    send: Callable[[_Told], Awaitable[None]],
) -> None:
    """Answer one request, whatever its address."""
    body = b""
    more = True
    while more:
        got = await receive()
        body += got.get("body", b"")
        more = got.get("more_body", False)
    asked = json.loads(body)
    words = asked["messages"][-1]["content"].upper().split(" ")
    kind = b"text/event-stream" if asked.get("stream") else b"application/json"
    headers = [(b"content-type", kind)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    if not asked.get("stream"):
        message = {"role": "assistant", "content": " ".join(words)}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        whole = _CHUNK | {"object": "chat.completion", "choices": [choice]}
        await send({"type": "http.response.body", "body": json.dumps(whole).encode()})
        return
    for number, word in enumerate(words):
        piece = _event({"content": word if number == 0 else f" {word}"}, None)
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        await asyncio.sleep(_PAUSE)
    last = _event({}, "stop") + b"data: [DONE]\n\n"
    await send({"type": "http.response.body", "body": last})


def _event(delta: dict[str, str], reason: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return b"data: " + json.dumps(_CHUNK | {"choices": [choice]}).encode() + b"\n\n"


if __name__ == "__main__":
    uvicorn.run(answer, port=int(sys.argv[1]), log_level="critical", access_log=False)
