"""Ten thousand requests through a gateway that is killed, and so are the servers behind it.

Everything is a process of its own and ends by signal. When a signal strikes is counted in answers
and not in seconds, and nothing asserted depends on how fast the machine is.
"""

import asyncio
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

import aiohttp
import psutil
import pytest

from core.release.gateway.log_file import read_entries
from core.release.releases import ReleaseFolder, folder_of
from core.workspace import Workspace
from tests.support.chat_process import ChatProcess
from tests.support.command import tuningfork
from tests.support.jobs import wait_for_state, workspace_of_jobs

WAVES, IN_A_WAVE = 40, 250
TOKEN = "token-of-the-waves"
PLAN = """
name = "{name}"
rollback = "old"
fallback = ["new"]
[listen]
port = 0
token = "WAVES_TOKEN"
answer_seconds = 600
[guardrail]
on = false
[log]
keep = "{keep}"
[arm.new]
endpoint = "new"
share = 50
[arm.old]
endpoint = "old"
share = 50
"""
Outcome = Literal["answered", "refused", "broken off"]
Dead = Sequence[Literal["new", "old"]]
ROUND: tuple[tuple[Dead, Dead, set[Outcome]], ...] = (
    # Dead before the wave, killed in it, and how its requests may end.
    ((), (), {"answered"}),
    ((), ("new",), {"answered", "broken off"}),
    (("new",), (), {"answered"}),
    ((), ("old",), {"answered", "broken off"}),
    (("old",), (), {"answered"}),
    ((), ("new", "old"), {"answered", "broken off", "refused"}),
    (("new", "old"), (), {"refused"}),
    (("new",), ("old",), {"answered", "broken off", "refused"}),
)


class Got(NamedTuple):
    """How one request ended for its client."""

    outcome: Outcome
    id: str
    """Of the answer; "" where there is none."""


class Gateway(NamedTuple):
    """A gateway that answers."""

    url: str
    job: str
    process: psutil.Process

    def session(self) -> aiohttp.ClientSession:
        """Return a client of it."""
        return aiohttp.ClientSession(
            headers={"authorization": f"Bearer {TOKEN}"},
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=600),
        )


class Field(NamedTuple):
    """Where the waves break."""

    workspace: Workspace
    servers: dict[str, ChatProcess]


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    servers = {name: ChatProcess(tmp_path / f"{name}.log") for name in ("new", "old")}
    try:
        with workspace_of_jobs(tmp_path / "ws") as workspace:
            workspace.endpoints.write_text(
                "".join(
                    f'[endpoint.{name}]\nbase_url = "http://127.0.0.1:{one.port}/v1"\n'
                    'model = "m"\nat_once = 64\ntimeout_seconds = 600\n'
                    for name, one in servers.items()
                )
            )
            yield Field(workspace, servers)
    finally:
        for one in servers.values():
            one.kill()


def command(workspace: Workspace, *words: str | Path) -> str:
    done = tuningfork(
        *words, "-w", workspace.root, cwd=workspace.root, environment={"WAVES_TOKEN": TOKEN}
    )
    assert done.code == 0, done
    return done.out


def make_release(workspace: Workspace, name: str, keep: str) -> ReleaseFolder:
    plan = workspace.root.with_name(f"{name}.toml")
    plan.write_text(PLAN.format(name=name, keep=keep))
    command(workspace, "release", "new", plan)
    return folder_of(workspace, name)


def start(workspace: Workspace, name: str) -> Gateway:
    begun = json.loads(command(workspace, "gateway", name, "--detach", "--json"))
    held = json.loads(workspace.run(begun["run"]).lock.read_bytes())
    return Gateway(begun["url"], begun["run"], psutil.Process(held["pid"]))


@contextmanager
def served(workspace: Workspace, name: str) -> Iterator[Gateway]:
    """Serve a release until the block ends, then let the gateway end in order."""
    gateway = start(workspace, name)
    yield gateway
    command(workspace, "stop", gateway.job)
    wait_for_state(workspace.run(gateway.job), "finished")


async def ask(session: aiohttp.ClientSession, url: str, number: int) -> Got:
    """Ask one thing; anything but a right answer or a clear refusal fails here."""
    mark, stream = f"MARK-{number:06}", number % 2 == 0
    content = f"{mark} please write to person{number:06}@parcel-post.com about it"
    asked = {
        "model": url.split("#")[-1],
        "messages": [{"role": "user", "content": content}],
        "user": f"user-key-{number % 997:04}",
        "stream": stream,
    }
    async with session.post(f"{url.split('#')[0]}/chat/completions", json=asked) as reply:
        body = await reply.text()
    if reply.status != 200:
        assert reply.status == 503, (reply.status, body)
        assert json.loads(body)["error"]["code"] == "arm_failed", body
        return Got("refused", "")
    if not stream:
        whole = json.loads(body)
        assert whole["choices"][0]["message"]["content"] == content.upper()
        return Got("answered", whole["id"])
    *events, end = [line.removeprefix("data: ") for line in body.split("\n\n") if line]
    if end != "[DONE]":
        assert json.loads(end)["error"]["code"] == "arm_failed", body
        return Got("broken off", "")
    pieces = [json.loads(one) for one in events]
    said = "".join(one["choices"][0]["delta"].get("content") or "" for one in pieces)
    assert said == content.upper()
    assert len({one["id"] for one in pieces}) == 1
    return Got("answered", pieces[0]["id"])


async def wave(gateway: Gateway, model: str, first: int, strike: Callable[[], None]) -> list[Got]:
    """Return how the requests of a wave ended; a third of them is over when the blow falls."""
    got: list[Got] = []
    async with gateway.session() as session:

        async def one(number: int) -> None:
            got.append(await ask(session, f"{gateway.url}#{model}", number))
            if len(got) == IN_A_WAVE // 3:
                await asyncio.to_thread(strike)

        await asyncio.gather(*(one(first + number) for number in range(IN_A_WAVE)))
    return got


def bytes_below(folder: Path) -> Iterator[tuple[Path, bytes]]:
    return ((path, path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.mark.slow
def test_ten_thousand_requests_in_waves_are_each_answered_once_or_refused(field: Field) -> None:
    workspace, servers = field
    folder = make_release(workspace, "waves", "redacted")
    got: list[Got] = []
    with served(workspace, "waves") as gateway:
        for number in range(WAVES):
            before, within, allowed = ROUND[number % len(ROUND)]
            for name, server in servers.items():
                server.kill() if name in before else server.begin()

            def strike(names: Dead = within) -> None:
                for name in names:
                    servers[name].kill()

            found = asyncio.run(wave(gateway, "waves", number * IN_A_WAVE, strike))
            assert len(found) == IN_A_WAVE
            assert {one.outcome for one in found} <= allowed, (number, Counter(found))
            got += found
    count = Counter(one.outcome for one in got)
    ids = [one.id for one in got if one.outcome == "answered"]
    assert len(set(ids)) == len(ids) == count["answered"]

    entries = list(read_entries(folder.log))
    noted = Counter(entry["outcome"] for entry in entries)
    assert {str(one["id"]) for one in entries if one["outcome"] == "answered"} == set(ids)
    assert noted["failed"] == count["refused"] + count["broken off"]
    assert len(entries) == len(got) == WAVES * IN_A_WAVE
    assert {entry["arm"] for entry in entries} == {"new", "old", ""}

    assert sum("MARK-" in str(entry["prompt"]) for entry in entries) == len(entries)
    for path, content in bytes_below(workspace.root):
        lower = content.lower()
        for forbidden in (b"parcel-post.com", b"user-key-", TOKEN.encode()):
            assert forbidden not in lower, (path, forbidden)


class Said(NamedTuple):
    """Feedback that was sent."""

    id: str
    acknowledged: bool


async def say(gateway: Gateway, ids: Sequence[str], kill_after: int | None) -> list[Said]:
    """Send feedback on each answer, sixteen at once; kill the gateway after so many were saved."""
    said: list[Said] = []
    waiting = list(ids)
    async with gateway.session() as session:

        async def send() -> None:
            while waiting:
                id = waiting.pop()
                body = {"id": id, "rating": "up", "comment": f"COMMENT-ON {id}"}
                try:
                    async with session.post(f"{gateway.url}/feedback", json=body) as reply:
                        content = await reply.read()
                except aiohttp.ClientError:
                    said.append(Said(id, acknowledged=False))
                    continue
                assert (reply.status, content) == (200, b'{"saved":true}')
                said.append(Said(id, acknowledged=True))
                if sum(one.acknowledged for one in said) == kill_after:
                    gateway.process.kill()

        await asyncio.gather(*(send() for _ in range(16)))
    return said


@pytest.mark.slow
def test_feedback_that_was_acknowledged_outlives_every_kill_of_the_gateway(field: Field) -> None:
    workspace = field.workspace
    folder = make_release(workspace, "kept", "hashes")
    acknowledged: list[str] = []
    ids: list[str] = []
    for number, kill_after in enumerate((1, 40, 150, None)):
        gateway = start(workspace, "kept")
        found = asyncio.run(wave(gateway, "kept", number * IN_A_WAVE, lambda: None))
        assert {one.outcome for one in found} == {"answered"}
        # What got no answer before is said again, as a client does that heard nothing.
        ids = [*(set(ids) - set(acknowledged)), *(one.id for one in found)]
        said = asyncio.run(say(gateway, sorted(ids), kill_after))
        acknowledged += [one.id for one in said if one.acknowledged]
        assert len(said) == len(ids)
        if kill_after is None:
            command(workspace, "stop", gateway.job)
            wait_for_state(workspace.run(gateway.job), "finished")
        else:
            gateway.process.wait(60)
            wait_for_state(workspace.run(gateway.job), "lost")
        database = sqlite3.connect(folder.log)
        kept = Counter(id for (id,) in database.execute("SELECT entry FROM feedback"))
        database.close()
        assert set(acknowledged) <= kept.keys()
    assert len(set(acknowledged)) == len(acknowledged) == 4 * IN_A_WAVE
    for path, content in bytes_below(workspace.root):
        for forbidden in (b"MARK-", b"COMMENT-ON", b"parcel-post", b"user-key-", TOKEN.encode()):
            assert forbidden not in content.upper() + content, (path, forbidden)
