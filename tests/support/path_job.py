"""A workspace with a small split, and jobs that run inside the test's own process."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.data.split import split_file
from core.events.reader import EventReader
from core.events.schema import Evaluated, Event, StepLogged
from core.events.writer import EventWriter
from core.jobs.context import JobContext
from core.jobs.kinds import entry_of
from core.jobs.record import JobRecord, write_record
from core.training.recipe import job_of, make_recipe
from core.workspace import RunFolder, Workspace, create_workspace

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SPLIT = "colours"
_WORDS = ("red", "green", "blue", "black", "white", "amber", "cyan", "pink")


def chat(question: str, answer: str) -> str:
    """Return one row as a line."""
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": turns})


def make_workspace(root: Path, *, rows: int = 40) -> Workspace:
    """Return a workspace whose split asks for a word in capitals."""
    workspace = create_workspace(root)
    source = root / "colours.jsonl"
    lines = [
        chat(f"{_WORDS[n % 8]} {_WORDS[n * 5 // 8 % 8]} {n}", _WORDS[n % 8].upper())
        for n in range(rows)
    ]
    source.write_text("\n".join(lines) + "\n")
    split_file(workspace, source, name=SPLIT, now=NOW)
    return workspace


SMALL_STEPS = {"lr": 2e-3}
"""A rate at which rounding does not grow from step to step, for comparing losses."""


def train_spec(model: Path, **changes: Any) -> dict[str, Any]:
    """Return the spec of a short training of the split; changes win, table by table."""
    values: dict[str, Any] = {
        "name": "tiny",
        "epochs": 2,
        "model": {"base": str(model)},
        "data": {"split": SPLIT},
        "lora": {"rank": 8, "scale": 8.0, "dropout": 0.1},
        "optim": {"lr": 2e-2},
        "batch": {"update_rows": 8, "tokens": 96},
        "evaluate": {"every": 2, "patience": 99, "samples": 1, "sample_tokens": 4},
    }
    for name, change in changes.items():
        values[name] = {**values.get(name, {}), **change} if isinstance(change, dict) else change
    return job_of(make_recipe(values, where="test"))[1]


def open_job(
    workspace: Workspace, kind: str, spec: dict[str, Any], *, id: str = "job", attempt: int = 1
) -> JobContext:
    """Return the worker's side of a job without a worker."""
    folder = workspace.run(id)
    folder.path.mkdir(parents=True, exist_ok=True)
    record = JobRecord(
        id=id,
        kind=kind,
        name=id,
        device="cpu",
        created_at=NOW.isoformat(),
        created_by="test",
        host="test",
        entry=entry_of(kind),
        spec=spec,
    )
    write_record(folder, record)
    writer = EventWriter.open(
        folder.events, run=id, attempt=attempt, clock=lambda: datetime.now(UTC)
    )
    return JobContext(
        workspace=workspace, folder=folder, record=record, attempt=attempt, writer=writer
    )


def events(folder: RunFolder) -> list[Event]:
    """Return all events of a job."""
    return list(EventReader(folder.events).read().events)


class StopsAfter(JobContext):
    """A job that somebody asks to stop after some steps."""

    left = 3

    def stop_requested(self) -> bool:
        self.left -= 1
        return self.left <= 0


class StopsAtStep(StopsAfter):
    """A job that somebody asks to stop once it has made a step."""

    def stop_requested(self) -> bool:
        return any(isinstance(one, StepLogged) for one in events(self.folder))


def losses(job: JobContext) -> list[float]:
    """Return the loss of every step in the log."""
    return [one.loss or 0.0 for one in events(job.folder) if isinstance(one, StepLogged)]


def looks(job: JobContext) -> list[float]:
    """Return the validation loss of every look in the log."""
    return [one.loss or 0.0 for one in events(job.folder) if isinstance(one, Evaluated)]
