"""Our own worker's loop, as it trains for users, or the same loop bare of everything around it."""

import argparse
import random
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from peft import get_peft_model

from bench.trainers.task import LR, UPDATE_ROWS, Clock, lora, make_model, make_rows, report
from core.events.reader import EventReader
from core.events.schema import StepLogged
from core.events.writer import EventWriter
from core.jobs.context import JobContext
from core.jobs.record import JobRecord
from core.training import loss
from core.training.adapters import join_adapters
from core.training.attention import shorten_attention
from core.training.batching import micro_batches, pack
from core.training.collate import live_length, packed
from core.training.loop import Loop
from core.training.masks import TokenRow
from core.training.norms import join_norms
from core.training.peak_memory import PeakMemory
from core.training.recipe import BatchSpec, make_recipe
from core.training.tail import Tail
from core.workspace import create_workspace

_TOKENS = BatchSpec().tokens


class _Rows:
    """Rows as the worker has them."""

    def __init__(self, rows: list[TokenRow]) -> None:
        self.rows = rows


class _Renderer:
    """Stands for the tokenizer, of which training itself asks only the padding."""

    class tokenizer:
        pad_token_id = 0

    stop_ids = frozenset({1})


def _token_rows(shape: str, *, grouped: bool) -> list[TokenRow]:
    return [
        TokenRow(
            row=number,
            ids=tuple(row.ids),
            trained=tuple(label != -100 for label in row.labels),
            strategy="whole",
        )
        for number, row in enumerate(make_rows(shape, grouped=grouped), start=1)
    ]


def _job(root: Path) -> JobContext:
    workspace = create_workspace(root / "ws")
    folder = workspace.run("bench")
    folder.path.mkdir(parents=True)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    record = JobRecord(
        id="bench",
        kind="train",
        name="bench",
        device="cpu",
        created_at=now.isoformat(),
        created_by="bench",
        host="",
        entry="",
        spec={},
    )
    writer = EventWriter.open(
        folder.events, run="bench", attempt=1, clock=lambda: datetime.now(UTC)
    )
    return JobContext(workspace=workspace, folder=folder, record=record, attempt=1, writer=writer)


def _loop(shape: str, job: JobContext, rows: list[TokenRow], path: str) -> Loop:
    recipe = make_recipe(
        {
            "name": "bench",
            "epochs": 1,
            "data": {"split": "bench"},
            "lora": {"rank": 16, "scale": 2.0, "dropout": 0.0},
            "optim": {"lr": LR, "schedule": "constant", "warmup_share": 0.0},
            "batch": {"update_rows": UPDATE_ROWS},
            "evaluate": {"every": 10**6, "samples": 0},
            "checkpoint": {"every": 10**6},
            "runtime": {"preflight": False, "loss": path},
        },
        where="bench",
    )
    loop = Loop(
        job,
        recipe,
        _Renderer(),  # type: ignore[arg-type]
        make_model(shape),
        torch.device("cpu"),
        _Rows(rows),  # type: ignore[arg-type]
        _Rows(rows[:4]),  # type: ignore[arg-type]
        [],
    )

    def in_order(*, packed: bool) -> None:
        """Plan as the loop does, the rows of an update being those of every other trainer."""
        group, loop.packed = pack if packed else micro_batches, packed
        loop.updates[:] = [
            group(range(at, at + UPDATE_ROWS), loop.lengths, loop.recipe.batch.tokens)
            for at in range(0, len(rows), UPDATE_ROWS)
        ]

    loop.plan = in_order  # type: ignore[method-assign]
    loop.plan(packed=False)
    return loop


def _train(shape: str, path: str, *, grouped: bool) -> None:
    rows = _token_rows(shape, grouped=grouped)
    with tempfile.TemporaryDirectory() as root:
        job = _job(Path(root))
        loop = _loop(shape, job, rows, path)
        clock = Clock(len(loop.updates))
        loop.add_callback(clock)
        peak = PeakMemory(torch.device("cpu"))
        peak.reset()
        loop.run()
        found = EventReader(job.folder.events).read().events
        losses = [one.loss or 0.0 for one in found if isinstance(one, StepLogged)]
        report(shape, clock, losses, make_rows(shape, grouped=grouped), peak.read())


class _Step:
    """What a trainer tells its callbacks."""

    def __init__(self) -> None:
        self.global_step = 0


def _train_bare(shape: str) -> None:
    """Train the same updates with nothing written, watched or kept."""
    rows = _token_rows(shape, grouped=False)
    lengths = [live_length(row) for row in rows]
    model = get_peft_model(make_model(shape), lora())
    join_adapters(model)
    join_norms(model)
    shorten_attention(model)
    tail = Tail(model)
    moving = [one for one in model.parameters() if one.requires_grad]
    optimizer = torch.optim.AdamW(moving, lr=LR, weight_decay=0.0)
    clock, step, losses = Clock(len(rows) // UPDATE_ROWS), _Step(), []
    peak = PeakMemory(torch.device("cpu"))
    peak.reset()
    random.seed(17)
    model.train()
    for at in range(0, len(rows), UPDATE_ROWS):
        groups = pack(range(at, at + UPDATE_ROWS), lengths, _TOKENS)
        count = sum(rows[place].supervised for group in groups for place in group)
        total = 0.0
        for group in groups:
            batch = packed(rows, group)
            with tail.only(batch) as lean:
                part = loss.nll(model, lean, "selected") / count
                part.backward()
            total += float(part)
        torch.nn.utils.clip_grad_norm_(moving, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(total)
        step.global_step += 1
        clock.on_step_end(None, step, None)
    report(shape, clock, losses, make_rows(shape), peak.read())


def main(arguments: Any) -> None:
    """Train as asked."""
    torch.set_num_threads(arguments.threads)
    if arguments.path == "bare":
        _train_bare(arguments.shape)
    else:
        _train(arguments.shape, arguments.path, grouped=arguments.grouped)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("shape")
    parser.add_argument("path", choices=("selected", "fused", "bare"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--grouped", action="store_true")
    main(parser.parse_args())
