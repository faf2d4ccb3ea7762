"""Whether a service will take a job, from its days of closing and what is known of the account."""

from collections.abc import Iterator
from datetime import date
from typing import Literal, NamedTuple

from core.catalog.hosted_models import HostedModel
from core.catalog.tuning_offers import Closing, Service
from core.hosted.offering import Eligibility, Facts

_USED = "Was a model that was tuned there used within the last 60 days?"


class Account(NamedTuple):
    """What an account shows of itself without starting a job."""

    has_tuned: bool | None = None
    """Whether a job or a tuned model is there; None where nobody knows."""
    used_lately: bool | None = None
    """Whether a tuned model was used within the days the service asks for; None where not told."""
    ends: date | None = None
    """Day on which the service itself says that the base model stops; None where it says none."""
    seen: tuple[str, ...] = ()
    """What was seen, in sentences that are safe to show."""


def judge(
    service: Service, facts: Facts, account: Account, model: HostedModel | None = None
) -> Eligibility:
    """Return whether the service takes a job today, why, and until when.

    Only the start of a job knows the truth; a refusal there costs nothing.
    """
    against = [*_against(service, facts, account)]
    if model is not None and model.ended(facts.today):
        against.append(f"{model.id} ended on {model.ends}, with all that was tuned from it.")
    ends = model.ends if model is not None and model.ends else service.tunes_end
    after = [*_after(service, ends, facts.today)]
    deadline = service.last_job
    if against:
        return Eligibility(answer="no", reasons=(*against, *after), deadline=deadline)
    if service.closing:
        return _closing(service, facts, account, after)
    says = {"yes": "takes new customers", "no": "takes no new customers"}
    words = says.get(service.takes_new_customers, "does not say whether it takes new customers")
    answer: Literal["yes", "no", "unknown"] = service.takes_new_customers
    return Eligibility(
        answer=answer,
        reasons=(f"{service.name} {words} (of {service.as_of}).", *after),
        deadline=deadline,
    )


def _closing(service: Service, facts: Facts, account: Account, after: list[str]) -> Eligibility:
    """Return what can be said of a service that turns people away, but not this one surely."""
    today = facts.today
    open_since = [one for one in service.closing if one.since <= today]
    sure = all(_spared(one, facts, account) for one in open_since)
    left = [*_left(service, today)]
    if sure:
        said = "Nothing speaks against it; only the start of the job itself tells."
        return Eligibility(answer="yes", reasons=(said, *left, *after), deadline=service.last_job)
    asked = ""
    if facts.recent_inference is None and any(one.who == "idle" for one in open_since):
        asked = _USED
    reasons = tuple(f"{one.why} (since {one.since})" for one in open_since)
    return Eligibility(
        answer="unknown",
        reasons=(*reasons, *left, *after),
        deadline=service.last_job,
        asked=asked,
    )


def _against(service: Service, facts: Facts, account: Account) -> Iterator[str]:
    """Yield what surely speaks against a job."""
    today = facts.today
    for one in service.closing:
        if one.since <= today and _meant(one, facts, account):
            yield f"{one.why} (since {one.since})"
    ended = service.last_job is not None and service.last_job < today
    if ended and not any(one.who == "everybody" for one in service.closing):
        yield f"{service.name} took its last job on {service.last_job}."


def _meant(one: Closing, facts: Facts, account: Account) -> bool:
    """Whether a closing surely concerns this account."""
    match one.who:
        case "everybody":
            return True
        case "never_tuned":
            return account.has_tuned is False
        case "idle":
            return facts.recent_inference is False


def _spared(one: Closing, facts: Facts, account: Account) -> bool:
    """Whether a closing surely does not concern this account."""
    match one.who:
        case "everybody":
            return False
        case "never_tuned":
            return account.has_tuned is True
        case "idle":
            return facts.recent_inference is True


def _left(service: Service, today: date) -> Iterator[str]:
    """Yield how long a job can still be started."""
    if service.last_job is not None and service.last_job >= today:
        days = (service.last_job - today).days + 1
        yield f"{_days(days)} left to start a job, the last {service.last_job}."


def _after(service: Service, ends: date | None, today: date) -> Iterator[str]:
    """Yield what becomes of the model afterwards."""
    if ends is not None and ends > today:
        yield f"A model trained today stops on {ends}, in {_days((ends - today).days)}."
    elif ends is not None:
        yield f"What was tuned there ended on {ends}."
    if service.keeps:
        yield service.keeps


def _days(number: int) -> str:
    return f"{number} day" if number == 1 else f"{number} days"
