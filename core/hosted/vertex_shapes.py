"""What Google's types say of a job, checked by hand, in our terms; nothing here asks anybody."""

import re
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from core.hosted.job_values import ENDED, HostedCheckpoint, Item, JobFault, JobRef, JobView
from core.hosted.mapping import stage_of
from core.hosted.read_figures import lines_named
from core.hosted.spec import PartName

_NAME = re.compile(r"^projects/[^/?#%\s]+/locations/[^/?#%\s]+/tuningJobs/[^/?#%\s]+$")
_UNSAID = "UNSPECIFIED"
_DETAIL = "TUNING_JOB_STATE_"
Cover = Callable[[object], str]
"""Shortens and covers text of the service."""


def ref_of(job: Any) -> JobRef | None:
    """Return which job a reply is; None where it has not the shape of one."""
    name, created = getattr(job, "name", None), getattr(job, "create_time", None)
    if not isinstance(name, str) or not _NAME.match(name) or not _word(getattr(job, "state", "")):
        return None
    return JobRef(id=name, created_at=_seconds(created))


def label_of(job: Any, label: str) -> str:
    """Return a label of a job; "" where it has none."""
    labels = getattr(job, "labels", None)
    found = labels.get(label) if isinstance(labels, dict) else None
    return found if isinstance(found, str) else ""


def view_of(job: Any, cover: Cover) -> JobView | None:
    """Return a job; None where the reply has not the shape of one.

    While it runs, a second word of the service says what it is at.
    """
    ref = ref_of(job)
    if ref is None:
        return None
    state, detail = _word(job.state), _word(getattr(job, "tuning_job_state", None))
    stage = stage_of(state)
    if detail.endswith(_UNSAID):
        detail = ""
    closer = stage_of(detail) if detail and stage.stage not in {*ENDED, "stopping"} else None
    if closer is not None and closer.known and stage.known and stage.phase != "paused":
        stage = closer
    ended = stage.stage in ENDED
    stats = stats_of(job)
    return JobView(
        ref=ref,
        status=cover(state),
        stage=stage.stage,
        phase=stage.phase,
        known=stage.known,
        partly=stage.partly,
        note="" if ended else cover(detail.removeprefix(_DETAIL).replace("_", " ").lower()),
        model=model_of(job, cover) if ended else None,
        total_steps=_count(getattr(stats, "tuning_step_count", None)),
        fault=_fault(job, cover) if stage.stage == "failed" else None,
        server_time=_server_time(job),
    )


def model_of(job: Any, cover: Cover) -> str | None:
    """Return where the tuned model answers, else its name; None while there is none."""
    tuned = getattr(job, "tuned_model", None)
    for name in ("endpoint", "model"):
        found = getattr(tuned, name, None)
        if isinstance(found, str) and found:
            return cover(found)
    return None


def stats_of(job: Any) -> Any:
    """Return what the service counted in the rows, for either method; None before it did."""
    stats = getattr(job, "tuning_data_stats", None)
    for name in ("supervised_tuning_data_stats", "preference_optimization_data_stats"):
        found = getattr(stats, name, None)
        if found is not None:
            return found
    return None


def counted_item(job: Any) -> Item | None:
    """Return what the service says of the rows: billable tokens, steps; None before it does."""
    stats = stats_of(job)
    tokens = _count(getattr(stats, "total_billable_token_count", None))
    steps = _count(getattr(stats, "tuning_step_count", None))
    rows = _count(getattr(stats, "tuning_dataset_example_count", None))
    words = [
        f"{count:,} {what}"
        for count, what in ((rows, "rows"), (tokens, "billable tokens in them"), (steps, "steps"))
        if count is not None
    ]
    if not words:
        return None
    return Item(id="counted", kind="message", text=f"The service counts {', '.join(words)}.")


def dropped_of(job: Any, cover: Cover) -> tuple[tuple[PartName, int, str], ...]:
    """Return the train rows that were left out, as far as the service names them."""
    stats = stats_of(job)
    lines = _list(stats, "truncated_example_indices") or _list(stats, "dropped_example_indices")
    reasons = _list(stats, "dropped_example_reasons")
    found: list[tuple[PartName, int, str]] = []
    for place, line in enumerate(lines):
        reason = cover(reasons[place]) if place < len(reasons) else ""
        if isinstance(line, int) and line > 0:
            found.append(("train", line, reason.rstrip(".") or "no reason was given"))
    return tuple(found)


def checkpoints_of(job: Any) -> list[HostedCheckpoint]:
    """Return the models from before the end that answer somewhere, oldest first."""
    found = []
    for one in _list(getattr(job, "tuned_model", None), "checkpoints"):
        id, step = getattr(one, "checkpoint_id", None), getattr(one, "step", None)
        endpoint, epoch = getattr(one, "endpoint", None), getattr(one, "epoch", None)
        if isinstance(id, str) and id and isinstance(step, int) and isinstance(endpoint, str):
            figures = {"epoch": float(epoch)} if isinstance(epoch, int) else {}
            found.append(
                HostedCheckpoint(id=f"checkpoint:{id}", step=step, model=endpoint, figures=figures)
            )
    return sorted(found, key=lambda one: one.step)


def items_of(job: Any) -> list[Item]:
    """Return all that a job says of itself besides its state; the service keeps no list of it."""
    counted = counted_item(job)
    return [
        *([] if counted is None else [counted]),
        *(
            Item(id=one.id, kind="checkpoint", step=one.step, model=one.model)
            for one in checkpoints_of(job)
        ),
    ]


def _fault(job: Any, cover: Cover) -> JobFault:
    """Return why a job failed, with the lines it names."""
    error = getattr(job, "error", None)
    code, message = getattr(error, "code", None), getattr(error, "message", None)
    words = message if isinstance(message, str) else ""
    part: PartName = "validation" if "-validation.jsonl" in words else "train"
    lines = lines_named(words)
    return JobFault(
        code=str(code) if isinstance(code, int) else "",
        message=cover(words) or "no reason",
        part=part if lines or ".jsonl" in words else None,
        lines=lines,
    )


def _word(state: object) -> str:
    """Return a state as the service wrote it; the client makes members of words it knows."""
    value = getattr(state, "value", state)
    return value if isinstance(value, str) else ""


def _list(value: Any, name: str) -> list[Any]:
    found = getattr(value, name, None)
    return found if isinstance(found, list) else []


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _seconds(moment: object) -> float | None:
    return moment.timestamp() if isinstance(moment, datetime) else None


def _server_time(job: Any) -> float | None:
    """Return the service's clock when it answered; None where it did not say."""
    headers = getattr(getattr(job, "sdk_http_response", None), "headers", None) or {}
    said = next((headers[name] for name in headers if name.lower() == "date"), None)
    try:
        return parsedate_to_datetime(said).timestamp() if isinstance(said, str) else None
    except ValueError:
        return None
