"""What OpenAI's objects say, checked by hand: the client passes wrong shapes through."""

import base64
import binascii
import csv
import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from core.hosted.job_values import HostedCheckpoint, Item, JobFault, JobRef, JobView
from core.hosted.mapping import stage_of
from core.hosted.openai_line import raw_of
from core.hosted.read_figures import lines_named, number
from core.hosted.spec import PartName
from core.text_safety import clip

_PARTS: Mapping[str, PartName] = {"training_file": "train", "validation_file": "validation"}
_FIGURES = {
    "train_loss": "loss",
    "training_loss": "loss",
    "valid_loss": "eval_loss",
    "full_valid_loss": "full_eval_loss",
    "train_mean_token_accuracy": "accuracy",
    "valid_mean_token_accuracy": "eval_accuracy",
    "full_valid_mean_token_accuracy": "full_eval_accuracy",
    "total_steps": "total_steps",
    "learning_rate": "lr",
    "epoch": "epoch",
}
"""Their names for figures, and ours."""
_LONGEST = 2000
_LEVELS: Mapping[str, Any] = {"info": "info", "warn": "warning", "error": "critical"}
Cover = Callable[[object], str]
"""Shortens and covers text of the service."""


def id_of(reply: object) -> str:
    """Return the id of any object; "" where it has none, so that it is none of the service's."""
    found = getattr(reply, "id", None)
    return found if isinstance(found, str) else ""


def data_of(page: object) -> list[Any]:
    """Return the items of a page; none where it has not the shape of one."""
    found = getattr(page, "data", None)
    return found if isinstance(found, list) else []


def ref_of(job: Any) -> JobRef | None:
    """Return which job a reply is; None where it has not the shape of one."""
    status = getattr(job, "status", None)
    if not id_of(job) or not isinstance(status, str) or not status:
        return None
    return JobRef(id=id_of(job), created_at=number(getattr(job, "created_at", None)))


def view_of(job: Any, cover: Cover) -> JobView | None:
    """Return a job; None where the reply has not the shape of one."""
    ref = ref_of(job)
    if ref is None:
        return None
    stage = stage_of(job.status)
    model = getattr(job, "fine_tuned_model", None)
    tokens = getattr(job, "trained_tokens", None)
    return JobView(
        ref=ref,
        status=cover(job.status),
        stage=stage.stage,
        phase=stage.phase,
        known=stage.known,
        partly=stage.partly,
        model=model if isinstance(model, str) and model else None,
        estimated_finish=number(getattr(job, "estimated_finish", None)),
        billed_tokens=tokens if isinstance(tokens, int) and tokens >= 0 else None,
        fault=_fault(getattr(job, "error", None), cover),
        raw=raw_of(job),
    )


def result_files_of(job: Any) -> list[str]:
    """Return the ids of a job's result files."""
    found = getattr(job, "result_files", None)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _fault(error: Any, cover: Cover) -> JobFault | None:
    """Return why a job failed; services send an empty error with a sound job."""
    message, code = getattr(error, "message", None), getattr(error, "code", None)
    if not isinstance(message, str) or not (message or code):
        return None
    param = getattr(error, "param", None)
    return JobFault(
        code=cover(code)[:80],
        message=cover(message),
        part=_PARTS.get(param) if isinstance(param, str) else None,
        lines=lines_named(message),
    )


def item_of(event: Any) -> Item | None:
    """Return an event of a job; None where the reply has not the shape of one."""
    if not id_of(event):
        return None
    figures = figures_of(getattr(event, "data", None))
    step = figures.pop("step", None)
    told = step is not None and ("loss" in figures or "full_eval_loss" in figures)
    level, message = getattr(event, "level", None), getattr(event, "message", None)
    return Item(
        id=id_of(event),
        at=number(getattr(event, "created_at", None)),
        kind="metrics" if told else "message",
        level=_LEVELS.get(level, "info") if isinstance(level, str) else "info",
        text=clip(message, _LONGEST) if isinstance(message, str) else "",
        step=int(step) if told and step is not None else None,
        figures=figures,
    )


def checkpoint_of(one: Any) -> HostedCheckpoint | None:
    """Return a checkpoint; None where the reply has not the shape of one."""
    model, step = (
        getattr(one, "fine_tuned_model_checkpoint", None),
        getattr(one, "step_number", None),
    )
    if not id_of(one) or not isinstance(model, str) or not isinstance(step, int):
        return None
    metrics = getattr(one, "metrics", None)
    values = {} if metrics is None else getattr(metrics, "__dict__", {})
    figures = figures_of(values)
    figures.pop("step", None)
    return HostedCheckpoint(
        id=id_of(one),
        step=step,
        model=model,
        at=number(getattr(one, "created_at", None)),
        figures=figures,
    )


def figures_of(data: object) -> dict[str, float]:
    """Return the figures of a free-form object by our names, and `step`."""
    if not isinstance(data, Mapping):
        return {}
    found = {}
    for name, value in data.items():
        ours = "step" if name == "step" else _FIGURES.get(str(name))
        figure = number(value)
        if ours is not None and figure is not None:
            found[ours] = figure
    return found


def result_items(content: bytes, file: str) -> list[Item] | None:
    """Return the rows of a result file; None where it is no table of steps.

    The service has sent such files as base64.
    """
    text = _text_of(content)
    if text is None:
        return None
    try:
        rows = list(csv.DictReader(io.StringIO(text)))
    except csv.Error:
        return None
    items = list(_rows(rows, file))
    return items or None


def _text_of(content: bytes) -> str | None:
    """Return a table as text, unpacked where it is base64."""
    if not content.lstrip()[:5].lower().startswith(b"step,"):
        try:
            content = base64.b64decode(b"".join(content.split()), validate=True)
        except (binascii.Error, ValueError):
            return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return text if text.lstrip()[:5].lower() == "step," else None


def _rows(rows: list[dict[str, Any]], file: str) -> Iterator[Item]:
    for row in rows:
        figures = figures_of(row)
        step = figures.pop("step", None)
        if step is not None and figures:
            yield Item(id=f"{file}:{int(step)}", kind="metrics", step=int(step), figures=figures)
