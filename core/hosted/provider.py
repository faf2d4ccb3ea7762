"""What a fine-tuning service is to us: the values it gives and the requests it takes.

All it knows is in the ledger or the cursor. Every request may be made again but `create`, tried
once, which raises `Ambiguous` where nobody knows what came of it; see `core.hosted.failures`.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import msgspec

from core.data.rows import Severity
from core.events.envelope import PhaseName
from core.hosted.spec import HostedSpec, Method, PartName

JobStage = Literal["starting", "queued", "running", "stopping", "stopped", "finished", "failed"]
"""Where a job is, in the words that local runs have, too."""
ENDED: frozenset[JobStage] = frozenset({"stopped", "finished", "failed"})
Verb = Literal["cancel", "pause", "resume"]
Progress: TypeAlias = Callable[[int, int], None]
"""Takes the bytes that are sent and the bytes in all."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class TunableModel:
    """A base model that the service tunes."""

    id: str
    """What the service calls it."""
    context: int | None = None
    """Tokens of the longest row; None where unknown."""
    ends: date | None = None
    """Day on which it stops, with all that is tuned from it; None where none is known."""
    ends_by: Literal["service", "file", ""] = ""
    """Who said so: the service's own list beats our file."""
    methods: tuple[Method, ...] = ("supervised",)
    """Ways in which it can be trained."""

    def days_left(self, today: date) -> int | None:
        """Return the days until it stops; None where no end is known."""
        return None if self.ends is None else (self.ends - today).days


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something in the rows or settings that the service would refuse or drop."""

    severity: Severity
    """A blocker stops before the first byte leaves."""
    message: str
    """What is wrong, safe to show."""
    part: PartName | None = None
    """The file; None when it is about the settings."""
    row: int | None = None
    """Number of the row in its part, from 1; None when it is about the file."""
    remedy: str = ""
    """What to do about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a training will cost, or that nobody knows."""

    tokens: int | None
    """Training tokens over all epochs; None where they cannot be counted."""
    epochs: tuple[float, float]
    """Epochs assumed, low and high."""
    low: Decimal | None = None
    """Least amount; None where no price is known."""
    high: Decimal | None = None
    """Largest amount."""
    currency: str = "USD"
    """ISO 4217."""
    basis: Literal["service", "price_file", "none"] = "none"
    """Who gave the price."""
    source: str = ""
    """Where it was read."""
    as_of: str = ""
    """When the source said so."""
    counted: bool = False
    """Whether the tokens were counted by the model's own tokenizer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file of rows in the service's format, ready to leave."""

    name: PartName
    """Which part of the split it is."""
    path: Path
    """Where it lies in the job's folder."""
    rows: int
    """Lines in it."""
    bytes: int
    """Its size."""
    sha256: str
    """Of its bytes."""
    numbers: Sequence[int]
    """For each line the number of its row in the part of the split."""

    @property
    def upload_name(self) -> str:
        """Return the name it has at the service, the same for the same bytes."""
        return f"tuningfork-{self.sha256[:24]}-{self.name}.jsonl"

    def row_of_line(self, line: int) -> int | None:
        """Return the number of the row in a line, both from 1; None where there is none."""
        return self.numbers[line - 1] if 1 <= line <= len(self.numbers) else None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a provider takes from the world; tests give another."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    """The time."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds that no clock setting moves."""
    sleep: Callable[[float], None] = time.sleep
    """Waits so many seconds, or less where somebody asks for an end."""
    draw: Callable[[], float] = random.random
    """Gives numbers from 0 to 1."""
    hurry: float = 1.0
    """By what deadlines are divided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a provider is made with, besides the spec."""

    key: str | None = field(repr=False)
    """None where the service needs none."""
    key_words: str = ""
    """Where the key came from, in words; never the key."""
    cover: Callable[[str], str] = field(repr=False)
    """Covers secrets in text that the service wrote."""
    learn: Callable[[str], None] = field(default=lambda _: None, repr=False)
    """Takes a secret that was found on the way, as a token of an hour, so that it is covered."""
    world: World = World()


class Provider(Protocol):
    """One service, one account."""

    def capabilities(self) -> Capabilities:
        """Return what the service can do; asks nobody."""

    def eligibility(self, facts: Facts) -> Eligibility:
        """Return whether the service will take the job, from what can be read without one."""

    def models(self) -> list[TunableModel]:
        """Return the base models that can be tuned."""

    def validate(self, parts: Sequence[Part], spec: HostedSpec) -> list[Finding]:
        """Return what the service would refuse or drop; nothing leaves."""

    def estimate(self, parts: Sequence[Part], spec: HostedSpec) -> Estimate:
        """Return what the training will cost."""

    def find_file(self, part: Part, known: str | None) -> str | None:
        """Return the id of a file that holds just this part, `known` or another; None if none."""

    def upload(self, part: Part, progress: Progress) -> str:
        """Send a part and return the file's id."""

    def create(self, spec: HostedSpec, files: Mapping[PartName, str], submission: str) -> JobRef:
        """Start the job, in one attempt; the only call that can cost money.

        Raises `Ambiguous` where no definite answer came; every other failure means that nothing
        was created. `submission` is 32 hexadecimal characters that travel with the job.
        """

    def find(self, submission: str, since: float) -> list[JobRef]:
        """Return the jobs that carry the submission, oldest first, made since about then."""

    def poll(self, ref: JobRef, cursor: Cursor) -> Poll:
        """Return the job and what it said since the cursor."""

    def checkpoints(self, ref: JobRef) -> list[HostedCheckpoint]:
        """Return the models that there are from before the end, oldest first."""

    def cancel(self, ref: JobRef) -> JobView:
        """Ask for an end and return the job as it is then; one that has ended stays as it is."""

    def pause(self, ref: JobRef) -> JobView:
        """Ask for a pause; raises `Unsupported` where capabilities say so."""

    def resume(self, ref: JobRef) -> JobView:
        """Go on after a pause; raises `Unsupported` where capabilities say so."""

    def outcome(self, ref: JobRef) -> Outcome:
        """Return what the job left, with its result files."""

    def forget(self, files: Sequence[str]) -> list[str]:
        """Delete uploaded files and return the ids that are gone; gone before counts, too."""

    def close(self) -> None:
        """Let connections go."""
