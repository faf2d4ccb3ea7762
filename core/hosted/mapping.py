"""What services say, in the words and events that local runs have: tables and pure functions."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import NamedTuple

from msgspec import UNSET
from msgspec.structs import replace

from core.events.envelope import Envelope, PhaseName
from core.events.parts import Theirs
from core.events.schema import (
    AlertRaised,
    CheckpointSaved,
    CostKnown,
    Evaluated,
    MessageLogged,
    StepLogged,
)
from core.hosted.job_values import Item, JobStage, JobView
from core.hosted.spec import PriceSeen
from core.text_safety import clip, visible

_MILLION, _CENT = Decimal(1_000_000), Decimal("0.01")


class Stage(NamedTuple):
    """One of a service's states in our words."""

    stage: JobStage
    phase: PhaseName | None
    known: bool = True
    partly: bool = False


_VALIDATING = Stage("starting", "validating_files")
_WAITING = Stage("queued", "waiting")
_RUNNING = Stage("running", "training")
_AFTER = Stage("running", "post_processing")
_STOPPING = Stage("stopping", None)
_STOPPED = Stage("stopped", None)
_FINISHED = Stage("finished", None)
_FAILED = Stage("failed", None)
STAGES: Mapping[str, Stage] = {
    "validating_files": _VALIDATING,
    "processing_dataset": _VALIDATING,
    "queued": _WAITING,
    "pending": _WAITING,
    "waiting_for_quota": _WAITING,
    "waiting_for_capacity": _WAITING,
    "running": _RUNNING,
    "tuning": _RUNNING,
    "updating": _RUNNING,
    "compressing": _AFTER,
    "uploading": _AFTER,
    "post_processing": _AFTER,
    "paused": Stage("running", "paused"),
    "cancelling": _STOPPING,
    "cancel_requested": _STOPPING,
    "cancelled": _STOPPED,
    "succeeded": _FINISHED,
    "completed": _FINISHED,
    "partially_succeeded": _FINISHED._replace(partly=True),
    "failed": _FAILED,
    "error": _FAILED,
    "expired": _FAILED,
}
"""States of all services by their lower-case names, without a prefix such as JOB_STATE_."""
_PREFIXES = ("tuning_job_state_", "job_state_", "tuning_state_")
_ALERTS: Mapping[str, str] = {
    "early_stopped": "The service stopped early, because validation grew worse.",
    "billing_limit": "The account's limit of money was reached.",
    "refund": "The service gave money back.",
    "job_restarted": "The service started the job anew.",
}
"""Things that happen which a person should see, by the service's name for them."""


def stage_of(status: str) -> Stage:
    """Return a service's state in our words; one that nobody knows counts as live."""
    name = status.strip().lower()
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    found = STAGES.get(name)
    return found or Stage("running", "unknown_state", known=False)


class Best(NamedTuple):
    """The lowest loss over all validation rows so far."""

    step: int
    loss: float


def moment(at: float | None) -> str:
    """Return a service's time as events write it; empty for none that a clock can have."""
    if at is None or not 0 < at < 253_402_300_800:
        return ""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Before(NamedTuple):
    """What was told before an item."""

    step: int = 0
    """The newest step."""
    at: float | None = None
    """When it was done, by the service's clock."""
    best: Best | None = None


def events_of(item: Item, before: Before) -> Iterator[Envelope]:
    """Yield what an item of a service is in our events, each with an id of its own.

    A step that is not newer than the one before comes too late for the curve and becomes a line.
    """
    at = moment(item.at)
    match item.kind:
        case "metrics":
            yield from _metrics(item, at, before)
        case "checkpoint":
            yield CheckpointSaved(
                step=item.step or 0,
                path=item.model,
                bytes=None,
                why="periodic",
                theirs=Theirs(id=item.id, t=at),
            )
        case "message":
            theirs = Theirs(id=item.id, t=at)
            yield MessageLogged(level=item.level, text=_words(item.text), theirs=theirs)
            if item.name in _ALERTS:
                yield AlertRaised(
                    rule=item.name,
                    level="warning",
                    step=before.step,
                    message=_ALERTS[item.name],
                    action="The service's page says more.",
                    theirs=Theirs(id=f"{item.id}:alert", t=at),
                )


def _metrics(item: Item, at: str, before: Before) -> Iterator[Envelope]:
    """Yield the step and the looks at validation rows that a metrics item holds."""
    figures, theirs = item.figures, Theirs(id=item.id, t=at)
    step, best = item.step, before.best
    if step is None:
        if item.text:
            yield MessageLogged(level=item.level, text=_words(item.text), theirs=theirs)
        return
    if "loss" in figures:
        if step > before.step:
            yield StepLogged(
                step=step,
                loss=_finite(figures["loss"]),
                lr=_finite(figures.get("lr")) or 0.0,
                epoch=_finite(figures.get("epoch")) or 0.0,
                grad_norm=_finite(figures.get("grad_norm")),
                seconds=_seconds(item, before),
                theirs=theirs,
            )
        else:
            text = f"Told late: step {step}, loss {figures['loss']:.4g}."
            yield MessageLogged(level="info", text=text, theirs=theirs)
    if "eval_loss" in figures:
        yield Evaluated(
            step=step,
            loss=_finite(figures["eval_loss"]),
            best=False,
            best_step=0 if best is None else best.step,
            best_loss=None if best is None else best.loss,
            of_batch=True,
            theirs=Theirs(id=f"{item.id}:eval", t=at),
        )
    if "full_eval_loss" in figures:
        loss = _finite(figures["full_eval_loss"])
        now = better(best, step, loss)
        yield Evaluated(
            step=step,
            loss=loss,
            best=now is not None and now != best,
            best_step=step if now is None else now.step,
            best_loss=None if now is None else now.loss,
            theirs=Theirs(id=f"{item.id}:full_eval", t=at),
        )


def _seconds(item: Item, before: Before) -> float:
    """Return how long a step took by the service's clock; 0 where that cannot be told."""
    if item.at is None or before.at is None or item.step is None:
        return 0.0
    return max(0.0, (item.at - before.at) / max(1, item.step - before.step))


def better(best: Best | None, step: int, loss: float | None) -> Best | None:
    """Return the best look after one more."""
    if loss is None or (best is not None and best.loss <= loss):
        return best
    return Best(step, loss)


def billed_of(job: JobView) -> CostKnown | None:
    """Return what the service counted, once it says so."""
    if job.billed_tokens is None and job.billed_amount is None:
        return None
    amount = None if job.billed_amount is None else str(job.billed_amount)
    return CostKnown(
        basis="billed",
        tokens=job.billed_tokens,
        low=amount,
        high=amount,
        currency=job.currency if amount else "",
        source="the service's own count",
    )


def priced(billed: CostKnown, price: PriceSeen) -> CostKnown:
    """Return what was billed with its amount by the price that was confirmed, if one was."""
    if billed.low is not None or billed.tokens is None or price.per_million is None:
        return billed
    amount = str((price.per_million * billed.tokens / _MILLION).quantize(_CENT))
    return replace(
        billed,
        low=amount,
        high=amount,
        currency=price.currency,
        source=f"the service's count at {price.source}",
        as_of=price.as_of,
    )


def said_by(event: Envelope) -> str:
    """Return the id of the item that an event stands for; empty for none."""
    theirs = getattr(event, "theirs", UNSET)
    return theirs.id if isinstance(theirs, Theirs) else ""


def time_of(event: Envelope) -> float | None:
    """Return when an event happened by the service's clock; None where it did not say."""
    theirs = getattr(event, "theirs", UNSET)
    if not isinstance(theirs, Theirs) or not theirs.t:
        return None
    return datetime.fromisoformat(theirs.t).timestamp()


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


def _words(text: str) -> str:
    return visible(clip(text, 2000)).strip()
