"""A workspace in every state a screen can show, made from facts and a fixed clock in milliseconds.

Nothing runs: logs are written, locks are held by the test itself.
"""

import hashlib
import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from core.database import connect
from core.events.schema import (
    AlertRaised,
    CheckpointSaved,
    ControlAnswered,
    Evaluated,
    Event,
    MessageLogged,
    PhaseEntered,
    Planned,
    RunCreated,
    RunFailed,
    RunFinished,
    SampleTaken,
    StepLogged,
    WorkerStarted,
)
from core.events.writer import EventWriter
from core.jobs import lock
from core.jobs.record import JobRecord, write_record
from core.training.recipe import make_recipe
from core.workspace import RunFolder, Workspace, create_workspace
from tests.support import fake_tokens

START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
NOW = START + timedelta(seconds=76)
"""What the app's clock says in tests."""
ROWS = 24


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime = START
    step: timedelta = field(default_factory=lambda: timedelta(seconds=0.5))

    def __call__(self) -> datetime:
        """Return the time, a little later at each question."""
        self.now += self.step
        return self.now


def add_run(
    workspace: Workspace,
    name: str,
    *,
    number: int = 1,
    steps: int = 120,
    total: int = 200,
    end: Event | None = None,
    words: Sequence[str] = ("a plain word",),
    ends_at: datetime | None = None,
    kind: str = "rehearsal",
    spec: Mapping[str, Any] | None = None,
) -> RunFolder:
    """Write a run's folder as a worker would have left it after so many steps."""
    folder = workspace.run(f"20260302-1400{number:02}-run-{number:04}")
    folder.path.mkdir(parents=True)
    write_record(
        folder,
        JobRecord(
            id=folder.id,
            kind=kind,
            name=name,
            device="cpu",
            created_at=START.isoformat(),
            created_by=words[0][:40],
            host="testhost",
            entry="core.training.rehearsal:run",
            spec={"steps": total} if spec is None else dict(spec),
        ),
    )
    clock = Clock()
    with EventWriter.open(folder.events, run=folder.id, attempt=1, clock=clock) as writer:
        for event in run_events(name, steps=steps, total=total, words=words):
            writer.write(event)
        if ends_at is not None:
            clock.now = ends_at
        if end is not None:
            writer.write(end)
    folder.log.write_text("".join(f"{word}\n" for word in words), errors="replace")
    return folder


def run_events(name: str, *, steps: int, total: int, words: Sequence[str]) -> Iterator[Event]:
    """Yield what a run of so many steps logs, with these words wherever words can be."""
    yield RunCreated(kind="rehearsal", name=name, device="cpu")
    yield WorkerStarted(
        pid=1, start_time=1.0, boot_id="boot", host=words[0][:200], user=words[-1][:200]
    )
    yield PhaseEntered(name="importing")
    yield Planned(total_steps=total, epochs=1.0)
    yield PhaseEntered(name="training")
    for step in range(1, steps + 1):
        loss = 0.6 + 2.2 * math.exp(-step / 60) + 0.1 * math.sin(step * 1.7)
        yield StepLogged(
            step=step, loss=loss, lr=1e-4, epoch=step / total, grad_norm=0.4, seconds=0.5
        )
        if step % 40 == 0:
            best = 0.65 + 2.2 * math.exp(-step / 60)
            yield Evaluated(step=step, loss=best, best=True, best_step=step, best_loss=best)
            yield CheckpointSaved(step=step, path=f"checkpoints/{step}", bytes=49, why="best")
    for word in words:
        safe = word.encode("utf-8", "replace").decode()
        yield SampleTaken(step=steps, key=safe[:200], text=safe)
        yield MessageLogged(level="info", text=safe)
        yield ControlAnswered(
            id="x",
            verb="checkpoint",
            by=safe[:80],
            host=safe[:80],
            at="",
            accepted=True,
            effect=safe,
        )
    if len(words) > 1:
        safe = words[0].encode("utf-8", "replace").decode()
        yield AlertRaised(rule="r", level="warning", step=steps, message=safe, action=safe)


FINISHED = RunFinished(reason="Done.", seconds=60.0, best_step=120, best_path="adapter")
FAILED = RunFailed(
    what="The GPU has no memory left.",
    why="A batch of 16 rows of 2,048 tokens did not fit.",
    remedy="Halve batch.size, or set gradient checkpointing.",
    seconds=12.0,
)


def with_table(root: Path) -> Workspace:
    """Return a workspace with a table whose columns have no known shape."""
    workspace = create_workspace(root, name="tickets")
    lines = [f"{n},what is asked again {n}?,the answer {n},seen" for n in range(1, 61)]
    (workspace.root / "table.csv").write_text("\n".join(["id,question,reply,notes", *lines]))
    return workspace


@contextmanager
def held(folder: RunFolder) -> Iterator[None]:
    """Hold a run's lock, as its worker does."""
    descriptor = lock.take(folder.lock)
    assert descriptor is not None
    try:
        yield
    finally:
        os.close(descriptor)


def add_decision(workspace: Workspace, words: Sequence[str]) -> None:
    """Record a decision whose every text is one of the words."""
    result = {
        "recommendation": words[0],
        "reasons": list(words),
        "warnings": list(words[:4]),
        "would_change_if": [
            {"question": word, "answer": word, "recommendation": word, "sentence": word}
            for word in words[:4]
        ],
        "costs": {"requests_per_month": 121_667.0, "unknown": list(words[:3])},
    }
    answers = {"strong_prompt_tried": "yes", "note": words[0]}
    row = ("d1", START.isoformat(), words[0], json.dumps(answers), json.dumps(result))
    with connect(workspace.database) as connection:
        connection.execute("INSERT INTO decisions VALUES (?, ?, ?, ?, ?)", row)


def write_rows(path: Path, words: Sequence[str], count: int = ROWS) -> None:
    """Write rows of conversations that hold the words."""
    rows = []
    for number in range(count):
        word = words[number % len(words)].encode("utf-8", "replace").decode()
        ask = {"role": "user", "content": f"{number}: {word}"}
        answer = {"role": "assistant", "content": json.dumps({"label": word})}
        rows.append(json.dumps({"messages": [ask, answer]}, ensure_ascii=False))
    rows.append('{"messages": [{"role": "user", "content": "no answer"}]}')
    path.write_text("\n".join(rows) + "\n")


def add_split(workspace: Workspace, words: Sequence[str]) -> None:
    """Split a file of rows for real."""
    from core.data.keys import SALT_BYTES
    from core.data.split import split_file

    salt = workspace.data / "salt"
    salt.write_bytes(bytes(range(SALT_BYTES)))  # so that the parts are the same every time
    salt.chmod(0o600)
    source = workspace.data / "tickets.jsonl"
    write_rows(source, words)
    split_file(workspace, source, name="tickets", now=START)


def add_verdict(workspace: Workspace, run: RunFolder, words: Sequence[str]) -> None:
    """Store a verdict on a run with answers to the locked holdout."""
    from core.contenders.answers import AnswerStore, StoredAnswer
    from core.data.dataset import dataset_folder, read_part, read_salt
    from core.data.holdout_lock import read_lock
    from core.data.keys import row_keys
    from core.scoring.metrics import measure
    from core.scoring.verdict import decide

    folder, salt = dataset_folder(workspace, "tickets"), read_salt(workspace)
    items = read_part(folder.holdout)
    job = workspace.run("20260302-150000-score-0009")
    job.path.mkdir(parents=True)
    texts: dict[str, list[str]] = {"base": [], "few_shot": [], "tuned": []}
    stored = []
    for place, item in enumerate(items):
        word = words[place % len(words)].encode("utf-8", "replace").decode()
        for name, text in (("base", word), ("few_shot", word * 2), ("tuned", item.reference)):
            texts[name].append(text)
            key = hashlib.blake2b(f"{name}{place}".encode(), digest_size=16).hexdigest()
            stored.append(
                StoredAnswer(
                    key=key,
                    contender=name,
                    item=row_keys(item, salt).row.hex(),
                    text=text,
                    tokens=3,
                    stopped=True,
                    cut=False,
                )
            )
    AnswerStore(job.answers).add(stored)
    measured = {
        name: [measure(text, item.reference) for text, item in zip(given, items, strict=True)]
        for name, given in texts.items()
    }
    result = decide(measured).as_json() | {
        "run": run.id,
        "score_job": job.id,
        "root": read_lock(folder.lock).root,
    }
    if len(words) > 1:
        result["sentence"] = " ".join(words)[:2000]
    row = (job.id, START.isoformat(), run.id, json.dumps(result))
    with connect(workspace.database) as connection:
        connection.execute("INSERT INTO verdicts VALUES (?, ?, ?, ?)", row)


def add_adapter(run: RunFolder, base: str) -> None:
    """Leave an adapter as a training does."""
    run.adapter.mkdir()
    config = {"base_model_name_or_path": base, "peft_type": "LORA"}
    (run.adapter / "adapter_config.json").write_text(json.dumps(config))


def fill(root: Path, words: Sequence[str] = ("a plain word",), name: str = "tickets") -> Workspace:
    """Return a workspace in which every stage has something to show."""
    workspace = create_workspace(root, name=name)
    add_decision(workspace, words)
    add_split(workspace, words)
    done = add_run(workspace, words[0], number=1, steps=200, end=FINISHED, words=words)
    add_run(workspace, words[-1], number=2, steps=60, end=FAILED, words=words)
    add_adapter(done, words[0])
    add_verdict(workspace, done, words)
    from tests.support.released import add_release

    hostile = words[0] if len(words) > 1 else ""
    add_release(workspace, by=hostile, why=hostile)
    fake_tokens.add_notes(workspace, words)
    included = make_recipe({"name": "tickets", "data": {"split": "tickets"}}, where="test")
    fake_tokens.add_tokens(workspace, included)
    notes = make_recipe({"name": "notes", "data": {"split": fake_tokens.NOTES}}, where="test")
    fake_tokens.add_tokens(workspace, notes)
    return workspace
