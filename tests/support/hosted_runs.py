"""Hosted runs as their logs tell them; nobody was asked for anything."""

from collections.abc import Sequence

from core.events.parts import HostedPlace
from core.events.schema import (
    CheckpointSaved,
    CostKnown,
    Event,
    PhaseEntered,
    RunCreated,
    StepLogged,
    WorkerStarted,
)
from core.events.writer import EventWriter
from core.jobs.record import JobRecord, write_record
from core.workspace import RunFolder, Workspace
from tests.support.filled_workspace import START, Clock

PLACE = HostedPlace(provider="OpenAI", job="ftjob-7", status="running")
QUEUED: tuple[Event, ...] = (
    RunCreated(kind="hosted", name="shop", device="hosted:x"),
    WorkerStarted(pid=1, start_time=1.0, boot_id="b", host="h", user="u"),
    CostKnown(basis="estimate", low="2.50", high="10.00", currency="USD", source="s", as_of="d"),
    PhaseEntered(
        name="waiting",
        hosted=HostedPlace(provider="OpenAI", job="ftjob-7", status="queued", note="capacity"),
    ),
)
RUNNING: tuple[Event, ...] = (
    *QUEUED,
    PhaseEntered(name="training", hosted=PLACE),
    *(StepLogged(step=n, loss=2.0 / n, lr=1e-4, epoch=0.0) for n in range(1, 13)),
    CheckpointSaved(step=10, path="ft:gpt:ckpt-10", bytes=None, why="periodic"),
)


def hosted_run(
    workspace: Workspace, events: Sequence[Event], *, number: int = 1, model: str = "gpt-4o"
) -> RunFolder:
    """Write a hosted run's folder as its watcher would have left it after these events."""
    folder = workspace.run(f"20260302-1400{number:02}-shop-{number:04}")
    folder.path.mkdir(parents=True)
    write_record(
        folder,
        JobRecord(
            id=folder.id,
            kind="hosted",
            name="shop",
            device="hosted:x",
            created_at=START.isoformat(),
            created_by="ana",
            host="here",
            entry="core.hosted.job:run",
            spec={"provider": "openai", "model": model, "split": "tickets", "key": "MY_KEY"},
        ),
    )
    with EventWriter.open(folder.events, run=folder.id, attempt=1, clock=Clock()) as log:
        for event in events:
            log.write(event)
    return folder
