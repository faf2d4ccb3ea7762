"""A run without a model: the same events from a scripted curve, for demos, tests and practice."""

import math
import random
import time
from typing import Annotated

import msgspec

from core.errors import MachineError, RecipeError
from core.events.envelope import CheckpointReason
from core.events.schema import (
    CheckpointSaved,
    DataReady,
    Evaluated,
    Planned,
    Resumed,
    SampleTaken,
    StepLogged,
)
from core.jobs.context import Finished, JobContext, Outcome, Stopped
from core.storage import replace_file, storage_error
from core.text_safety import visible

_Count = Annotated[int, msgspec.Meta(ge=1, le=10_000_000)]
_TOKENS = 512
_PATIENCE = 0.05
"""Seconds between looks at the requests while a slow step is waited for."""
_WORDS = ("refund", "invoice", "delivery", "the", "order", "was", "sent", "please", "check")


class RehearsalSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a rehearsal plays."""

    steps: _Count = 200
    rate: Annotated[float, msgspec.Meta(ge=0)] = 20.0
    """Steps a second; 0 for as fast as it goes."""
    seed: int = 0
    eval_every: _Count = 20
    checkpoint_every: _Count = 50
    fail_at: int | None = None
    """Step at which the first attempt fails in the way of a full GPU; None for never."""
    crash_at: int | None = None
    """Step at which the first attempt meets a fault of its own; None for never."""
    nan_at: int | None = None
    """Step from which five losses are not finite; None for never."""
    rise_at: int | None = None
    """Step from which the validation loss rises; None for never."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """What a checkpoint of a rehearsal holds."""

    step: int = 0
    best_step: int | None = None
    best_loss: float | None = None


def run(job: JobContext) -> Outcome:
    """Play the run that the spec describes, from the newest checkpoint there is."""
    spec = _spec(job)
    progress = _prepared(job, spec)
    began = time.monotonic()
    first = progress.step
    for step in range(first + 1, spec.steps + 1):
        if _waited(job, began + (step - first) / spec.rate if spec.rate else began):
            progress = _saved(job, progress, "final")
            return Stopped(best_step=progress.best_step, best_path=_best_path(progress))
        progress = _played(job, spec, progress, step)
    job.phase("saving")
    progress = _saved(job, progress, "final")
    job.phase("finishing")
    return Finished(best_step=progress.best_step, best_path=_best_path(progress))


def _spec(job: JobContext) -> RehearsalSpec:
    try:
        return msgspec.convert(job.spec, RehearsalSpec)
    except msgspec.ValidationError as error:
        raise RecipeError(
            what="The rehearsal cannot be played.",
            why=f"{visible(str(error))}.",
            remedy="Mend the recipe; steps, rate and seed are all it needs.",
        ) from error


def _prepared(job: JobContext, spec: RehearsalSpec) -> Progress:
    """Say all that comes before the first step, and return where to begin."""
    job.phase("reading_data")
    rows = spec.steps * 4
    job.phase("tokenizing", 0, rows, "rows")
    job.phase("tokenizing", rows, rows, "rows")
    job.emit(
        DataReady(
            rows=rows,
            validation_rows=max(1, rows // 10),
            tokens=rows * _TOKENS,
            supervised=rows * _TOKENS // 4,
            longest=_TOKENS,
        )
    )
    job.phase("loading_model")
    job.emit(Planned(total_steps=spec.steps, epochs=1.0))
    progress = Progress()
    if job.attempt > 1:
        progress = _newest(job)
        path = _path(progress.step) if progress.step else ""
        job.emit(Resumed(from_step=progress.step, checkpoint=path))
    job.phase("training")
    return progress


def _newest(job: JobContext) -> Progress:
    """Return the newest whole checkpoint; a rehearsal's are replaced in one step, so all are."""
    saved = job.folder.checkpoints.glob("step-*/progress.json")
    found = [msgspec.json.decode(path.read_bytes(), type=Progress) for path in saved]
    return max(found, key=lambda one: one.step, default=Progress())


def _waited(job: JobContext, until: float) -> bool:
    """Wait for the moment of the next step; return whether a stop was asked for."""
    while True:
        if job.stop_requested():
            return True
        left = until - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(left, _PATIENCE))


def _played(job: JobContext, spec: RehearsalSpec, progress: Progress, step: int) -> Progress:
    """Play one step with all that belongs to it."""
    if step == spec.fail_at and job.attempt == 1:
        raise MachineError(
            what=f"The rehearsal failed at step {step}, as its recipe says.",
            why="`fail_at` plays a GPU without memory.",
            remedy="Resume: the next attempt plays the step.",
        )
    if step == spec.crash_at and job.attempt == 1:
        raise RuntimeError("rehearsed fault")
    job.emit(_step(spec, step))
    progress = msgspec.structs.replace(progress, step=step)
    if step % spec.eval_every == 0 or step == spec.steps:
        progress = _evaluated(job, spec, progress)
        if progress.best_step == step:
            return _saved(job, progress, "best")
    if step % spec.checkpoint_every == 0:
        return _saved(job, progress, "periodic")
    if job.take_checkpoint_request():
        return _saved(job, progress, "requested")
    return progress


def _step(spec: RehearsalSpec, step: int) -> StepLogged:
    """Return a step; the same seed and number give the same one, whatever came before."""
    chance = random.Random(f"{spec.seed}:{step}")
    broken = spec.nan_at is not None and spec.nan_at <= step < spec.nan_at + 5
    loss = _curve(spec, step) * (1 + 0.06 * chance.gauss(0, 1))
    warm = max(1, spec.steps // 20)
    decay = 0.5 * (1 + math.cos(math.pi * step / spec.steps))
    return StepLogged(
        step=step,
        loss=None if broken else round(loss, 6),
        lr=2e-4 * min(1.0, step / warm) * decay,
        epoch=step / spec.steps,
        grad_norm=round(0.4 + 0.3 * chance.random(), 6),
        tokens=_TOKENS * 4,
        seconds=round(1 / spec.rate, 6) if spec.rate else 0.001,
    )


def _curve(spec: RehearsalSpec, step: int) -> float:
    """Return the loss without noise."""
    return 0.7 + 2.1 * math.exp(-4 * step / spec.steps)


def _evaluated(job: JobContext, spec: RehearsalSpec, progress: Progress) -> Progress:
    """Play an evaluation and a sample."""
    step = progress.step
    job.phase("evaluating")
    chance = random.Random(f"{spec.seed}:eval:{step}")
    loss = _curve(spec, step) * 1.08 + 0.01 * chance.random()
    if spec.rise_at is not None and step >= spec.rise_at:
        loss += 2.0 * (step - spec.rise_at + spec.eval_every) / spec.steps
    loss = round(loss, 6)
    best = progress.best_loss is None or loss < progress.best_loss
    if best:
        progress = msgspec.structs.replace(progress, best_step=step, best_loss=loss)
    job.emit(
        Evaluated(
            step=step,
            loss=loss,
            best=best,
            best_step=progress.best_step or step,
            best_loss=progress.best_loss,
        )
    )
    text = " ".join(chance.choice(_WORDS) for _ in range(12))
    job.emit(SampleTaken(step=step, key="validation-1", text=text, tokens=12))
    job.phase("training")
    return progress


def _saved(job: JobContext, progress: Progress, why: CheckpointReason) -> Progress:
    """Save a checkpoint, then say so; there is nothing to save before the first step."""
    if progress.step == 0:
        return progress
    began = time.monotonic()
    path = job.folder.path / _path(progress.step)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(error, path, doing="save a checkpoint") from error
    content = msgspec.json.encode(progress)
    replace_file(path / "progress.json", content)
    job.emit(
        CheckpointSaved(
            step=progress.step,
            path=_path(progress.step),
            bytes=len(content),
            why=why,
            seconds=round(time.monotonic() - began, 6),
        )
    )
    return progress


def _path(step: int) -> str:
    """Return where the checkpoint of a step lies, relative to the job's folder."""
    return f"checkpoints/step-{step:06d}"


def _best_path(progress: Progress) -> str:
    """Return where the best checkpoint lies; before any evaluation the newest is all there is."""
    step = progress.best_step or progress.step
    return _path(step) if step else ""
