"""What the gateway adds to a server behind it, beside the least that its web stack can add.

All stand before the same trivial server, in one run, asked in turn: nobody (the server itself), a
relay of forty lines on the same web stack that reads nothing of what it passes on, the gateway with
its log on, and LiteLLM's proxy where `--litellm` names its program. One client, one request at a
time, gives the milliseconds that are added; sixteen streams at once give requests and CPU.
Budgets: at most 3 ms added, and at least a third of the relay's streamed requests.
"""

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

import aiohttp
import psutil
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from core.release.release_plan import ReleasePlan
from core.release.releases import write_release
from core.workspace import create_workspace

_PIECES = 32
_AT_ONCE = 16
_SECONDS = 8.0
_ROUNDS = 400
_ASKED = {"model": "trial", "messages": [{"role": "user", "content": "Where is my parcel? " * 8}]}
_LONE = [{"role": "user", "content": "Say it slowly."}]
_PAUSE = 0.002
_CHUNK = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
_WHOLE = json.dumps(
    {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": "word " * _PIECES},
            }
        ],
        "usage": {"prompt_tokens": 40, "completion_tokens": _PIECES, "total_tokens": 72},
    }
).encode()


def _event(delta: dict[str, str], reason: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return b"data: " + json.dumps(_CHUNK | {"choices": [choice]}).encode() + b"\n\n"


_EVENTS = [_event({"content": "word "}, None)] * _PIECES + [
    _event({}, "stop"),
    b"data: [DONE]\n\n",
]


def serve_trivial(port: int) -> None:
    """Answer everything with the same words, whole or in pieces."""

    async def complete(request: Request) -> Response:
        asked = json.loads(await request.body())
        if not asked.get("stream"):
            return Response(_WHOLE, media_type="application/json")
        pause = _PAUSE if asked["messages"] == _LONE else 0

        async def events() -> AsyncGenerator[bytes]:
            for one in _EVENTS:
                yield one
                await asyncio.sleep(pause)

        return StreamingResponse(events(), media_type="text/event-stream")

    _run(complete, port)


def serve_relay(port: int, behind: str) -> None:
    """Pass bytes on, and know nothing of them: the limit of the web stack."""
    held: list[aiohttp.ClientSession] = []

    async def complete(request: Request) -> Response:
        if not held:
            held.append(aiohttp.ClientSession())
        body = await request.body()
        headers = {"content-type": "application/json"}
        if b'"stream": true' not in body:
            async with held[0].post(behind, data=body, headers=headers) as reply:
                return Response(await reply.read(), media_type="application/json")

        async def events() -> AsyncGenerator[bytes]:
            async with held[0].post(behind, data=body, headers=headers) as reply:
                async for block in reply.content.iter_any():
                    yield block

        return StreamingResponse(events(), media_type="text/event-stream")

    _run(complete, port)


def _run(complete: object, port: int) -> None:
    app = Starlette(routes=[Route("/v1/chat/completions", complete, methods=["POST"])])
    uvicorn.run(app, port=port, log_level="critical", access_log=False)


class Server(NamedTuple):
    """One way to the words."""

    name: str
    url: str
    process: psutil.Process

    def cpu(self) -> float:
        """Return the CPU-seconds it has used, its children's too."""
        whole = [self.process, *self.process.children(recursive=True)]
        return sum(sum(one.cpu_times()[:2]) for one in whole)


@contextlib.contextmanager
def _started(command: list[str], log: Path, **more: str) -> Iterator[psutil.Process]:
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=os.environ | more)
    try:
        yield psutil.Process(process.pid)
    finally:
        for one in [*psutil.Process(process.pid).children(recursive=True), process]:
            one.kill()
        process.wait()


async def _ready(url: str) -> None:
    """Wait until somebody answers."""
    limit = time.monotonic() + 90
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                await _ask(session, url)
            except (aiohttp.ClientError, OSError, AssertionError):
                assert time.monotonic() < limit, f"nobody answers at {url}"
                await asyncio.sleep(0.2)
            else:
                return


async def _ask(session: aiohttp.ClientSession, url: str, **more: object) -> float:
    """Return the seconds of one request."""
    began = time.perf_counter()
    headers = {"authorization": "Bearer sk-none"}
    body = json.dumps(_ASKED | more)
    headers["content-type"] = "application/json"
    async with session.post(url, data=body, headers=headers) as reply:
        content = await reply.read()
    assert reply.status == 200, content[:300]
    assert content.count(b"word ") >= _PIECES, content[:300]
    return time.perf_counter() - began


async def _added(servers: list[Server], rounds: int) -> dict[str, float]:
    """Return for each server the median milliseconds more than the first one took beside it."""
    taken: dict[str, list[float]] = {one.name: [] for one in servers}
    async with aiohttp.ClientSession() as session:
        for number in range(rounds + 20):
            times = {one.name: await _ask(session, one.url) for one in servers}
            if number >= 20:
                for name, seconds in times.items():
                    taken[name].append((seconds - times[servers[0].name]) * 1000)
    return {name: median(found) for name, found in taken.items()}


async def _streams(server: Server, seconds: float, **more: object) -> tuple[float, float]:
    """Return streamed requests a second, and CPU-milliseconds of the server for one."""
    done = 0
    more |= {"stream": True}
    async with aiohttp.ClientSession() as session:
        await _ask(session, server.url, **more)
        before, began = server.cpu(), time.perf_counter()

        async def client() -> None:
            nonlocal done
            while time.perf_counter() - began < seconds:
                await _ask(session, server.url, **more)
                done += 1

        await asyncio.gather(*(client() for _ in range(_AT_ONCE)))
        took = time.perf_counter() - began
    return done / took, (server.cpu() - before) / done * 1000


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--litellm", type=Path, help="the program `litellm` of another environment")
    parser.add_argument("--serve", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        port, *behind = arguments.serve
        serve_relay(int(port), *behind) if behind else serve_trivial(int(port))
        return
    with contextlib.ExitStack() as stack, tempfile.TemporaryDirectory() as root:
        servers = _servers(stack, Path(root), arguments.litellm)
        for one in servers:
            asyncio.run(_ready(one.url))
        added = asyncio.run(_added(servers, _ROUNDS))
        together: dict[str, list[tuple[float, float]]] = {one.name: [] for one in servers}
        lone: dict[str, list[tuple[float, float]]] = {one.name: [] for one in servers}
        for _ in range(3):
            for one in servers:
                together[one.name].append(asyncio.run(_streams(one, _SECONDS / 3)))
                lone[one.name].append(asyncio.run(_streams(one, _SECONDS / 6, messages=_LONE)))
    print(
        f"\n{_ROUNDS} plain requests each, in turn; streams of {_PIECES} pieces, {_AT_ONCE} at once"
    )
    print(f"{'way':<10}{'added ms':>10}{'streams/s':>11}{'CPU ms each':>13}{'CPU ms lone':>13}")
    for one in servers:
        rate, cpu = (median(found) for found in zip(*together[one.name], strict=True))
        alone = median(found for _, found in lone[one.name])
        print(f"{one.name:<10}{added[one.name]:>10.2f}{rate:>11.0f}{cpu:>13.2f}{alone:>13.2f}")


def _servers(stack: contextlib.ExitStack, root: Path, litellm: Path | None) -> list[Server]:
    """Start all of them."""
    here = [sys.executable, "-m", "bench.gateway", "--serve"]
    behind = "http://127.0.0.1:9801/v1/chat/completions"
    trivial = stack.enter_context(_started([*here, "9801"], root / "trivial.log"))
    relay = stack.enter_context(_started([*here, "9802", behind], root / "relay.log"))
    found = [
        Server("nobody", behind, trivial),
        Server("relay", "http://127.0.0.1:9802/v1/chat/completions", relay),
        Server(
            "gateway",
            "http://127.0.0.1:9803/v1/chat/completions",
            stack.enter_context(_gateway(root)),
        ),
    ]
    if litellm is not None:
        config = root / "litellm.yaml"
        lax = {"LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true"}
        config.write_text(
            "model_list:\n- model_name: trial\n  litellm_params:\n    model: openai/m\n"
            "    api_base: http://127.0.0.1:9801/v1\n    api_key: none\n"
        )
        command = [str(litellm), "--config", str(config), "--port", "9804", "--host", "127.0.0.1"]
        process = stack.enter_context(_started(command, root / "litellm.log", **lax))
        found.append(Server("litellm", "http://127.0.0.1:9804/v1/chat/completions", process))
    return found


@contextlib.contextmanager
def _gateway(root: Path) -> Iterator[psutil.Process]:
    """Serve a release as a person would; the job is found by its lock."""
    workspace = create_workspace(root / "ws")
    workspace.endpoints.write_text(
        '[endpoint.trivial]\nbase_url = "http://127.0.0.1:9801/v1"\nmodel = "m"\nat_once = 64\n'
    )
    arms = {
        "new": {"endpoint": "trivial", "share": 50},
        "old": {"endpoint": "trivial", "share": 50},
    }
    plan = {"name": "trial", "arm": arms, "rollback": "old", "listen": {"port": 9803}}
    write_release(workspace, ReleasePlan.model_validate(plan))
    program = str(Path(sys.executable).with_name("tuningfork"))
    command = [program, "gateway", "trial", "--detach", "--json", "-w", str(workspace.root)]
    limit = time.monotonic() + 30
    while True:
        begun = subprocess.run(command, capture_output=True, text=True, check=False)
        if begun.returncode == 0:
            break
        assert time.monotonic() < limit, begun.stderr
    run = workspace.run(json.loads(begun.stdout)["run"])
    process = psutil.Process(json.loads(run.lock.read_bytes())["pid"])
    try:
        yield process
    finally:
        process.kill()


if __name__ == "__main__":
    main()
