"""What a service offers before anything is sent: its abilities, its models, whom it takes."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from core.hosted.spec import Method

Verb = Literal["cancel", "pause", "resume"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a service can do, from its data file and its client."""

    methods: tuple[Method, ...]
    """Ways of training."""
    verbs: frozenset[Verb]
    """Requests that a job takes."""
    weights_leave: bool
    """Whether the tuned weights can be fetched."""
    price_from_service: bool
    """Whether the service itself says what a training will cost."""
    early_stopping: bool
    """Whether the service stops by itself when validation grows worse."""
    longest_suffix: int
    """Characters of a suffix that it takes; 0 where it takes none."""
    most_bytes: int | None = None
    """Largest file; None where no limit is known."""
    hyperparameters: tuple[str, ...] = ()
    """Names it takes, for the methods together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What only a person knows, for judging whether a service will take the job."""

    today: date
    """Today, as the person's clock has it."""
    model: str = ""
    """Base model that is wanted; empty for any."""
    recent_inference: bool | None = None
    """Whether a tuned model of the account was used in the last 60 days; None if not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """Whether the service will take the job, before anybody fills in a form."""

    answer: Literal["yes", "no", "unknown"]
    """Only `create` knows the truth; a refusal there costs nothing."""
    reasons: tuple[str, ...]
    """Sentences with their days and sources."""
    deadline: date | None = None
    """Last day on which a job can be started; None where none is known."""
    asked: str = ""
    """What a person should be asked to know more; empty for nothing."""
