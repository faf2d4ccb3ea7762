"""What tests of hosted runs share: a spec of the split `tickets`, and runs in this very process."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.events.folding import apply_all
from core.events.run_state import RunState
from core.events.schema import RunCreated
from core.events.writer import EventWriter
from core.hosted.job import train
from core.hosted.kinds import line_writer
from core.hosted.part_files import write_parts
from core.hosted.provider import World
from core.hosted.spec import HostedSpec, PartSeen
from core.jobs import lock
from core.jobs.context import JobContext, Outcome
from core.jobs.control import request
from core.jobs.record import JobRecord, write_record
from core.workspace import RunFolder, Workspace
from tests.hosted.fake_jobs import START
from tests.hosted.fake_openai import FakeOpenAI
from tests.support.jobs import read_events

KEY = "sk-" + "planted-Zq7vR2mX9kWtB4yLpN8c"
VARIABLE = "FAKE_TUNING_KEY"
MODEL = "gpt-4o-mini-2024-07-18"


def spec_for(workspace: Workspace, scratch: Path, url: str, **changes: Any) -> HostedSpec:
    """Return the spec of a training that was confirmed."""
    line = line_writer(str(changes.get("provider", "openai")))
    written = write_parts(workspace, "tickets", scratch, line=line, method="supervised")
    parts = {
        one.name: PartSeen(rows=one.rows, bytes=one.bytes, sha256=one.sha256) for one in written
    }
    given: dict[str, Any] = {
        "provider": "openai",
        "base_url": url,
        "key": VARIABLE,
        "model": MODEL,
        "hyperparameters": {"n_epochs": 2},
        "split": "tickets",
        "parts": parts,
        "suffix": "shop",
    }
    return HostedSpec.model_validate({**given, **changes})


@dataclass
class VirtualWorld:
    """Time that passes only where somebody waits; the service's clock goes with it."""

    service: FakeOpenAI
    seconds: float = 0.0
    hurry: float = 20.0
    """By what deadlines of the real clock are divided."""
    each: Callable[[], None] = lambda: None
    """Called at every rest; may raise."""
    rests: list[float] = field(default_factory=list)

    @property
    def world(self) -> World:
        """Return it as a provider takes it."""
        return World(
            now=lambda: datetime.fromtimestamp(START + self.seconds, UTC),
            monotonic=lambda: self.seconds,
            sleep=self.sleep,
            draw=lambda: 0.5,
            hurry=self.hurry,
        )

    def sleep(self, seconds: float) -> None:
        """Let time pass; a server on this machine is asked fifty times as often."""
        self.rests.append(seconds)
        self.seconds += seconds
        self.service.advance(seconds * 50)
        self.each()


@contextmanager
def opened(
    workspace: Workspace, spec: HostedSpec, *, id: str = "20261120-120000-shop-0001"
) -> Iterator[JobContext]:
    """Yield the worker's side of the next attempt of a run, in this process."""
    folder = workspace.run(id)
    fresh = not folder.path.exists()
    folder.path.mkdir(parents=True, exist_ok=True)
    record = JobRecord(
        id=id,
        kind="hosted",
        name="shop",
        device="hosted:openai-x",
        created_at="",
        created_by="ana",
        host="here",
        entry="core.hosted.job:run",
        spec=spec.model_dump(mode="json"),
        keys=(VARIABLE,),
    )
    write_record(folder, record)
    attempt = 1 if fresh else 1 + max(one.attempt for one in read_events(folder.events))
    descriptor = lock.take(folder.lock)
    assert descriptor is not None
    try:
        with EventWriter.open(
            folder.events, run=id, attempt=attempt, clock=lambda: datetime.now(UTC)
        ) as log:
            if fresh:
                log.write(RunCreated(kind="hosted", name="shop"))
            yield JobContext(
                workspace=workspace, folder=folder, record=record, attempt=attempt, writer=log
            )
    finally:
        os.close(descriptor)


def run_here(
    workspace: Workspace,
    spec: HostedSpec,
    world: VirtualWorld,
    *,
    id: str = "20261120-120000-shop-0001",
    key: str = KEY,
) -> Outcome:
    """Return how an attempt ended that is made in this process, on virtual time."""
    with opened(workspace, spec, id=id) as job:
        return train(job, world.world, {VARIABLE: key}, silence=lambda _: None)


def state_of(folder: RunFolder) -> RunState:
    """Return what the log adds up to."""
    return apply_all(RunState(), read_events(folder.events))


def ask(folder: RunFolder, verb: Any) -> None:
    """Leave a request for a run's worker, once."""
    now = datetime(2026, 11, 20, tzinfo=UTC)
    request(folder, verb, by="ana", host="gpu3", now=now, token="t1")
