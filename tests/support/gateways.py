"""Gateways in a thread of the test: real sockets, real clients, arms that do as they are told."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openai

from core.contenders.contender import Conversation
from core.release.gateway.app import make_app
from core.release.gateway.arms import live_arm
from core.release.gateway.backend import ArmFailedError, Backend, End, Piece
from core.release.gateway.doors import Doors
from core.release.gateway.guard import Guard
from core.release.gateway.log_writer import LogWriter
from core.release.gateway.server import address_of, bind, run_loop, serve
from core.release.gateway.serving import Desk
from core.release.release_plan import ReleasePlan
from core.release.releases import ReleaseFolder
from core.release.review.giving_out import GivingOut
from core.release.standing import StandingWatch
from tests.support.filled_workspace import NOW
from tests.support.release_plans import plan_of


class Echo:
    """Answers the last turn in capitals, word by word."""

    def __init__(self, *, fails_after: int | None = None, ending: str = "") -> None:
        self.fails_after = fails_after
        """Pieces before it fails; None for never."""
        self.asked: list[Conversation] = []
        self.limits: list[int] = []
        self.closed_early = 0
        self._ending = ending

    async def answer(
        self, asked: Conversation, limit: int, *, stream: bool
    ) -> AsyncGenerator[Piece]:
        """Yield the words."""
        self.asked.append(asked)
        self.limits.append(limit)
        ended = False
        try:
            words = f"{asked.messages[-1]['content']}{self._ending}".upper().split(" ")
            for number, word in enumerate(words):
                if number == self.fails_after:
                    raise ArmFailedError("it was told to")
                await asyncio.sleep(0)  # as everything does that waits for a model or a server
                yield word if number == 0 else f" {word}"
            if self.fails_after == len(words):
                raise ArmFailedError("it was told to")
            ended = True
            yield End(stopped=True, tokens_in=5, tokens_out=len(words))
        finally:
            self.closed_early += not ended

    async def close(self) -> None:
        """Have nothing to close."""


@dataclass
class Running:
    """A gateway that answers."""

    url: str
    folder: ReleaseFolder
    log: LogWriter
    backends: Mapping[str, Backend] = field(default_factory=dict)

    def client(self, **values: Any) -> openai.OpenAI:
        """Return the public client, which tries once."""
        return openai.OpenAI(
            base_url=self.url, max_retries=0, **{"api_key": "none", "timeout": 30, **values}
        )


@contextmanager
def gateway(
    root: Path,
    backends: Mapping[str, Backend] | None = None,
    *,
    plan: ReleasePlan | None = None,
    token: str | None = None,
) -> Iterator[Running]:
    """Serve a plan in a thread until the block ends."""
    plan = plan or plan_of()
    backends = backends or {name: Echo() for name in plan.arm}
    folder = ReleaseFolder(root / plan.name)
    folder.path.mkdir(parents=True, exist_ok=True)
    guard = Guard(plan, folder.standing, clock=lambda: NOW)
    log = LogWriter(folder.log, plan.log, harmed=guard.look)
    arms = {name: live_arm(name, arm, backends[name]) for name, arm in plan.arm.items()}
    desk = Desk(plan, arms, look=StandingWatch(folder.standing).look, keeper=log)
    faults: list[Exception] = []
    answers = GivingOut(folder.log, plan.review.undo_seconds)
    app = make_app(desk, Doors(plan.listen, token), log, faults.append, answers=answers)
    opened = bind(plan.listen)
    ending = threading.Event()

    async def work() -> None:
        try:
            await serve(app, opened, plan.listen, stop=ending.is_set)
        finally:
            await desk.close()
            await answers.close()

    thread = threading.Thread(target=run_loop, args=(work(),), daemon=True)
    thread.start()
    try:
        yield Running(address_of(opened), folder, log, backends)
    finally:
        ending.set()
        thread.join(20)
        log.close()
        assert not thread.is_alive()
        assert not faults
