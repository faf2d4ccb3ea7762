"""What a decision has to be come back to for, now: reminders whose time has come."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from core.catalog.price_list import OLD_AFTER_DAYS
from core.catalog.tuning_offers import Service
from core.decide.record import Decision
from core.text_safety import clip, visible

_PACES = {"daily": 1, "weekly": 7, "monthly": 31, "yearly": 366}
"""Days after which facts that change at a pace have changed."""
_RECHECK_AFTER_DAYS = 30
"""Days after which a vendor's model may have been changed behind its name."""
_SOON = timedelta(days=60)
"""How long before a service ends it is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the workspace holds that a reminder hangs on."""

    data: tuple[tuple[str, str], ...] = ()
    """When each different data set came in (UTC, ISO 8601) and its name, newest first."""
    trained_at: str | None = None
    """When the newest training began; None where nothing was trained."""
    new_rows: int | None = None
    """Rows that the newest data set has more than the one before it; None where that is unknown."""
    asked: tuple[tuple[str, str], ...] = ()
    """Every server that answered a holdout, and when it last did (UTC, ISO 8601)."""
    measured: bool = False
    """Whether there is a verdict, so that answers are about to be used."""


def due_reminders(
    decision: Decision, held: Held, services: Sequence[Service], *, today: date
) -> tuple[str, ...]:
    """Return what to come back to, the most pressing first; empty where nothing is due."""
    return tuple(_due(decision, held, services, today))


def _due(decision: Decision, held: Held, services: Sequence[Service], today: date) -> Iterator[str]:
    answers = decision.answers if isinstance(decision.answers, Mapping) else {}
    result = decision.result if isinstance(decision.result, Mapping) else {}
    decided = _day(decision.created_at)
    if answers.get("regulated") == "yes" and (held.measured or held.trained_at is not None):
        yield "Regulated: keep a person's review of every answer, however good the scores are."
    yield from _closing(result, services, today)
    yield from _new_data(held)
    yield from _rechecks(held, today)
    yield from _stale_facts(str(answers.get("knowledge_changes")), held, today)
    if decided is not None and (today - decided).days > OLD_AFTER_DAYS:
        yield (
            f"Decided {(today - decided).days} days ago: check again whether base model, vendor "
            "and prices are still the same."
        )


def _closing(result: Mapping[str, Any], services: Sequence[Service], today: date) -> Iterator[str]:
    """Yield which of the services that were open when deciding have closed, or soon will."""
    method = result.get("method")
    if not isinstance(method, Mapping) or method.get("method") != "hosted":
        return
    were_open = method.get("open_services")
    known = {service.name: service for service in services}
    for name in were_open if isinstance(were_open, list) else ():
        service = known.get(str(name))
        if service is None or not service.open_to_new(today):
            yield f"{visible(clip(str(name), 40))} takes no new customers any more: tune elsewhere."
        elif service.last_job is not None and service.last_job <= today + _SOON:
            yield f"{service.name} takes its last training job on {service.last_job}: be in time."


def _new_data(held: Held) -> Iterator[str]:
    """Yield that data came in after the newest training."""
    if held.trained_at is None or not held.data or held.data[0][0] <= held.trained_at:
        return
    came, name = held.data[0]
    more = f" with {held.new_rows:,} more rows" if held.new_rows and held.new_rows > 0 else ""
    yield (
        f"New data: {visible(clip(name, 40))} came in{more} on {came[:10]}, after the last "
        f"training of {held.trained_at[:10]}; train again."
    )


def _rechecks(held: Held, today: date) -> Iterator[str]:
    """Yield which vendors' models nobody has asked for long: they change without a word."""
    for name, at in held.asked:
        asked = _day(at)
        if asked is not None and (today - asked).days > _RECHECK_AFTER_DAYS:
            yield (
                f"{visible(clip(name, 40))} last answered the holdout {(today - asked).days} days "
                "ago: `tuningfork recheck` asks whether it still holds."
            )


def _stale_facts(pace: str, held: Held, today: date) -> Iterator[str]:
    """Yield that facts have changed since the newest data."""
    came = _day(held.data[0][0]) if held.data else None
    if came is None or pace not in _PACES:
        return
    age = (today - came).days
    if age > _PACES[pace]:
        yield (
            f"Facts change {pace}, and the newest data is {age} days old: bring documents and rows "
            "up to date."
        )


def _day(moment: str) -> date | None:
    """Return the day of a stored moment, None for what is none."""
    try:
        return date.fromisoformat(moment[:10])
    except ValueError:
        return None
