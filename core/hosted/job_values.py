"""A job as a service describes it, in the words that local runs have, too."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

import msgspec

from core.events.envelope import PhaseName
from core.hosted.spec import PartName

JobStage = Literal["starting", "queued", "running", "stopping", "stopped", "finished", "failed"]
"""Where a job is, in the words that local runs have, too."""

ENDED: frozenset[JobStage] = frozenset({"stopped", "finished", "failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRef:
    """A job at a service."""

    id: str
    """What the service calls it."""
    created_at: float | None = None
    """Seconds since the epoch by the service's clock; None where it did not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFault:
    """Why the service gave a job up."""

    code: str
    """Its own name for it; may be empty."""
    message: str
    """Its sentence: covered and shortened, not yet safe to show."""
    part: PartName | None = None
    """The file it complains of."""
    lines: tuple[int, ...] = ()
    """Lines of that file it names, from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """A job as the service describes it now."""

    ref: JobRef
    status: str
    """The service's own word: shortened, not yet safe to show."""
    stage: JobStage
    """The same in our words; a word that nobody knows is live."""
    phase: PhaseName | None = None
    """Which part of the work it is at; None where the stage says enough."""
    known: bool = True
    """Whether the status is one that this program knows."""
    partly: bool = False
    """Whether it finished with something missing."""
    note: str = ""
    """What it waits for, or what else it says of itself."""
    model: str | None = None
    """The tuned model's name, once there is one."""
    estimated_finish: float | None = None
    """Seconds since the epoch by the service's clock."""
    total_steps: int | None = None
    """Steps in all, once known."""
    billed_tokens: int | None = None
    """Tokens that are billed; None while it runs."""
    billed_amount: Decimal | None = None
    """Money that is billed; None where the service names none."""
    currency: str = "USD"
    """Of that amount."""
    fault: JobFault | None = None
    """Why it failed."""
    server_time: float | None = None
    """The service's clock when it answered; None where it did not say."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """Fields this program does not know, kept beside the log and never shown as they are."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a service says about a running job."""

    id: str
    """The service's own, the same whenever it is told again."""
    at: float | None = None
    """Seconds since the epoch by the service's clock."""
    kind: Literal["metrics", "checkpoint", "message"]
    level: Literal["info", "warning", "critical"] = "info"
    text: str = ""
    """Its sentence, shortened; the log covers it and makes it safe to show."""
    name: str = ""
    """The service's name for what happened, as `early_stopped`; empty where it has none."""
    step: int | None = None
    figures: dict[str, float] = {}
    """By our names: loss, lr, grad_norm, epoch, total_steps, accuracy, eval_loss (of a batch),
    full_eval_loss (of all validation rows), eval_accuracy, full_eval_accuracy."""
    model: str = ""
    """For a checkpoint: the name it answers under."""


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a job's items is known; written only after their events."""

    newest_id: str = ""
    newest_time: float | None = None
    ids: tuple[str, ...] = ()
    """The newest ids, oldest first."""
    offset: int = 0
    """For services that number their rows: the next one to ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """What a look at a job found."""

    job: JobView
    items: tuple[Item, ...]
    """New ones and perhaps some that were told before, oldest first."""
    cursor: Cursor
    """Where the next look goes on."""
    wait: float | None = None
    """Seconds the service asks to wait; None where it names none."""
    notes: tuple[str, ...] = ()
    """Oddities of the service's answers, for an alert each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedCheckpoint:
    """A model from before the end of the training."""

    id: str
    step: int
    model: str
    """The name it answers under."""
    at: float | None = None
    figures: Mapping[str, float] = field(default_factory=dict)
    """By the names of `Item.figures`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultFile:
    """A file that the service made of a training."""

    name: str
    """As the service calls it."""
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a job left."""

    model: str | None
    """The tuned model's name."""
    billed_tokens: int | None = None
    billed_amount: Decimal | None = None
    currency: str = "USD"
    dropped: tuple[tuple[PartName, int, str], ...] = ()
    """Rows that were left out or cut: part, line from 1, and why."""
    items: tuple[Item, ...] = ()
    """What the result files add to the curve."""
    files: tuple[ResultFile, ...] = ()
    unreadable: tuple[str, ...] = ()
    """Names of result files that are kept though they cannot be read."""
