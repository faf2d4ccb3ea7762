"""What an account at OpenAI shows of itself for nothing: its jobs, its models, its use of them."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import openai

from core.hosted.eligible import Account
from core.hosted.failures import BadKey, Rejected, Vanished
from core.hosted.openai_line import Line
from core.hosted.openai_shapes import data_of, id_of
from core.hosted.provider import Access
from core.hosted.spec import HostedSpec
from core.text_safety import clip, visible

LOOK_BACK_DAYS = 60
"""The service asks for use within so many days."""
_TUNED = "ft:"
_USE = "/organization/usage/completions"
_DAY = 86_400
_PAGES = 4
_NOT_TOLD = (BadKey, Rejected, Vanished)
"""What a key that may not read the use of its organisation is answered."""


def look(spec: HostedSpec, access: Access) -> Account:
    """Return what the key may read; nothing is created and nothing is paid for."""
    line = Line(spec, access)
    try:
        return _looked(line, spec, int(access.world.now().timestamp()))
    finally:
        line.close()


def _looked(line: Line, spec: HostedSpec, now: int) -> Account:
    jobs = data_of(line.ask("list jobs", lambda c: c.fine_tuning.jobs.list(limit=1)))
    listed = data_of(line.ask("list models", lambda c: c.models.list()))
    tuned = [id_of(one) for one in listed if id_of(one).startswith(_TUNED)]
    base = next((one for one in listed if id_of(one) == spec.model), None)
    ends = _day(getattr(base, "shutdown_date", None))
    used = _used(line, now)
    return Account(
        has_tuned=True if jobs or tuned else None,
        used_lately=used,
        ends=ends,
        seen=(
            "The key is taken.",
            _tuned_words(bool(jobs), len(tuned)),
            *_model_words(spec.model, base is not None, ends),
            _used_words(used),
        ),
    )


def _tuned_words(job: bool, models: int) -> str:
    """Return whether the account has tuned before, as far as the key sees."""
    if job or models:
        return (
            f"It has tuned before: {'a job' if job else 'no job'} and {models} models are listed."
        )
    return "No job and no tuned model is listed; other projects of the account may have some."


def _model_words(model: str, listed: bool, ends: date | None) -> Iterator[str]:
    """Yield what the service says of the base model."""
    shown = clip(visible(model), 80)
    if not listed:
        yield f"{shown} is not among the models that the key may use."
    elif ends is not None:
        yield f"{shown} ends on {ends}, says the service."


def _used_words(used: bool | None) -> str:
    """Return whether tuned models are in use."""
    if used is None:
        return "Whether tuned models are in use is told to an administrator's key only."
    return f"A tuned model was {'' if used else 'not '}used within {LOOK_BACK_DAYS} days."


def _used(line: Line, now: int) -> bool | None:
    """Return whether the organisation used a tuned model lately; None where that is not told."""
    asked: dict[str, Any] = {
        "start_time": now - LOOK_BACK_DAYS * _DAY,
        "group_by": ["model"],
        "bucket_width": "1d",
        "limit": 31,
    }
    for _ in range(_PAGES):
        query = dict(asked)

        async def told(c: openai.AsyncOpenAI, query: dict[str, Any] = query) -> object:
            return await c.get(_USE, cast_to=object, options={"params": query})

        try:
            page = line.ask("read the use of models", told)
        except _NOT_TOLD:
            return None
        if not isinstance(page, dict) or not isinstance(page.get("data"), list):
            return None
        if any(_is_use(result) for bucket in page["data"] for result in _results(bucket)):
            return True
        if not page.get("has_more"):
            return False
        asked["page"] = page.get("next_page")
    return None


def _results(bucket: object) -> list[object]:
    found = bucket.get("results") if isinstance(bucket, dict) else None
    return found if isinstance(found, list) else []


def _is_use(result: object) -> bool:
    """Return whether a line of the use is one of a tuned model."""
    if not isinstance(result, dict):
        return False
    requests = result.get("num_model_requests")
    return (
        str(result.get("model")).startswith(_TUNED) and isinstance(requests, int) and requests > 0
    )


def _day(text: object) -> date | None:
    """Return the day of a text such as 2027-01-14 or 2027-01-14T00:00:00Z."""
    try:
        return date.fromisoformat(text[:10]) if isinstance(text, str) else None
    except ValueError:
        return None
