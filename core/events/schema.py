"""Every line that may stand in an event log, typed and versioned.

The log of a job is its truth; whatever is shown is a fold over these values. A field may be added
with a default and is never renamed; a change of meaning raises the version of the envelope.
"""

from typing import Literal, TypeAlias

import msgspec

from core.events.envelope import (
    AlertLevel,
    CheckpointReason,
    CostBasis,
    Envelope,
    PhaseName,
    SinkState,
)
from core.events.parts import Decision, GpuRead, HostedPlace, MixedIn, Theirs


class RunCreated(Envelope, frozen=True, kw_only=True, tag="run_created"):
    """The job was asked for; nothing has started."""

    kind: str
    """Which kind of job: train, hosted, rehearsal, measure, score, answer, export."""
    name: str
    """What a person calls it."""
    device: str = "cpu"
    """The device it will use; jobs on one device run one after the other."""
    recipe_hash: str = ""
    """Hash of the resolved recipe, empty when there is none."""
    split_hash: str = ""
    """Root of the holdout lock that guards this run, empty when there is none."""


class WorkerStarted(Envelope, frozen=True, kw_only=True, tag="worker_started"):
    """A process took the lock."""

    pid: int
    start_time: float
    """When the process began, in seconds of the system's own count; for comparing, not showing."""
    boot_id: str
    """Identity of the machine's current boot; pids mean nothing after another one."""
    host: str
    user: str
    python: str = ""


class Queued(Envelope, frozen=True, kw_only=True, tag="queued"):
    """The worker waits for its device."""

    device: str
    behind: str
    """Id of the job that must end first; empty when another program holds the device."""
    position: int
    """1 for the next in line."""


class PhaseEntered(Envelope, frozen=True, kw_only=True, tag="phase"):
    """The worker began, or moved forward in, a part of its work."""

    name: PhaseName
    done: int | None = None
    """Units done so far; None when they are not counted."""
    total: int | None = None
    """Units in all; None when unknown."""
    unit: str = ""
    hosted: HostedPlace | msgspec.UnsetType = msgspec.UNSET
    """Of a hosted run where it stands; not written for others."""


class DataReady(Envelope, frozen=True, kw_only=True, tag="data_ready"):
    """The rows are read, checked and tokenised."""

    rows: int
    validation_rows: int
    tokens: int
    supervised: int
    """Tokens that carry loss, in one epoch."""
    longest: int
    """Tokens in the longest row."""
    padding_share: float = 0.0
    """Padded places among all that are computed in one epoch."""
    cache_hit: bool = False
    """Whether an earlier launch had made these tokens already."""
    vocabulary: int | None = None
    """Tokens the model chooses among; None when unknown."""


class MaskLedger(Envelope, frozen=True, kw_only=True, tag="mask_ledger"):
    """What the masks make of every row of the train and validation parts."""

    rows: int
    zero: int
    """Rows that would train nothing."""
    cut: int
    """Rows that lose tokens to the limit."""
    supervised_cut: int
    """Tokens that would carry loss and are cut."""
    strategies: dict[str, int]
    """Rows by the way their masks were found."""
    boundary_merge: int = 0
    """Rows in which a token lay across the border of an answer, so pieces were encoded apart."""
    path: str = ""
    """The whole ledger, relative to the workspace; empty when it was not kept."""
    findings: tuple[str, ...] = ()
    """What was found in the rows, in sentences with their numbers, the worst first."""


KeyStage = Literal["checked", "read"]


class KeysConsumed(Envelope, frozen=True, kw_only=True, tag="keys_consumed"):
    """Which rows met a holdout lock: evidence that none of the holdout was trained on."""

    stage: KeyStage
    """`checked`: every row of every file, before step 1; `read`: rows as the training read them."""
    lock: str
    """Root of the holdout lock."""
    lock_version: int
    rows: int
    """Rows that were checked, or how many times one was read."""
    root: str
    """Merkle root over the keys of these rows, each once."""
    total: str
    """Sum of the keys modulo 2^128, in hexadecimal, a key as often as it was read."""
    inputs: str = ""
    """The same sum over hashes of the token ids that were read; "" before there are any."""
    intersection: int
    """Rows that touch the holdout."""
    override: str = ""
    """The reason that somebody gave for training on them; empty when nobody had to."""
    mixed: tuple[MixedIn, ...] | msgspec.UnsetType = msgspec.UNSET
    """Sets among the files that lie beside the split; not written where there are none."""


class PreflightDone(Envelope, frozen=True, kw_only=True, tag="preflight"):
    """The heaviest batches were tried before step 1."""

    predicted_bytes: int
    """Peak memory by the formula."""
    peak_bytes: int
    """Peak memory as measured."""
    capacity_bytes: int
    """Memory the device can give."""
    update_s: float
    """Seconds of one update."""
    eval_s: float
    """Seconds of one look at the validation rows."""
    save_s: float
    """Seconds of one checkpoint."""
    disk_bytes: int
    """Disk that all kept checkpoints need."""
    eta_low_s: float
    eta_high_s: float
    cost_low: float | None = None
    """Money by the recipe's price of an hour; None when it names none."""
    cost_high: float | None = None
    loss_path: str
    """How the loss is computed: selected, fused or model."""
    decisions: tuple[Decision, ...] = ()


class OutOfMemory(Envelope, frozen=True, kw_only=True, tag="oom"):
    """A micro-batch did not fit; it was halved and the same update done again."""

    step: int
    rows: int
    """Rows in the micro-batch that failed."""
    new_budget: int
    """Padded tokens in a micro-batch from now on."""


class Planned(Envelope, frozen=True, kw_only=True, tag="plan"):
    """How many steps there will be."""

    total_steps: int
    epochs: float
    finish: str | msgspec.UnsetType = msgspec.UNSET
    """When a service expects the end, ISO 8601; not written for others."""


class StepLogged(Envelope, frozen=True, kw_only=True, tag="step"):
    """One optimiser update."""

    step: int
    loss: float | None
    """Mean negative log-likelihood of a supervised token; None when it was NaN or infinite."""
    lr: float = 0.0
    epoch: float = 0.0
    grad_norm: float | None = None
    tokens: int = 0
    supervised: int = 0
    """Tokens among them that carry loss."""
    seconds: float = 0.0
    """Time this step took."""
    theirs: Theirs | msgspec.UnsetType = msgspec.UNSET
    """The service's item, of a hosted run; not written for others."""


class Evaluated(Envelope, frozen=True, kw_only=True, tag="eval"):
    """The validation rows were scored."""

    step: int
    loss: float | None
    best: bool
    """Whether this is the lowest so far."""
    best_step: int
    best_loss: float | None
    seconds: float = 0.0
    stderr: float | None = None
    """Standard error of the loss over validation rows."""
    patience_left: int | None = None
    """Looks without improvement that are still allowed."""
    of_batch: bool = False
    """Whether the loss is of one batch of validation rows, not of all of them."""
    theirs: Theirs | msgspec.UnsetType = msgspec.UNSET
    """The service's item, of a hosted run; not written for others."""


class SampleTaken(Envelope, frozen=True, kw_only=True, tag="sample"):
    """The model answered one of the fixed prompts; at step 0 the base model did."""

    step: int
    key: str
    text: str
    tokens: int = 0
    prompt: str = ""
    """The last turn it answered, shortened; at step 0 only."""
    reference: str = ""
    """The answer that the row itself holds, shortened; at step 0 only."""
    stopped: bool = True
    """Whether it ended by itself and not by the limit."""


class CheckpointSaved(Envelope, frozen=True, kw_only=True, tag="checkpoint"):
    """A checkpoint is complete on disk."""

    step: int
    path: str
    """Relative to the job's folder; of a hosted run the name it answers under."""
    bytes: int | None
    """None where only a service holds it."""
    why: CheckpointReason
    seconds: float = 0.0
    theirs: Theirs | msgspec.UnsetType = msgspec.UNSET
    """The service's item, of a hosted run; not written for others."""


class ResourceRead(Envelope, frozen=True, kw_only=True, tag="resource"):
    """What the worker uses."""

    rss: int
    """Bytes of memory held by the worker."""
    cpu: float
    """Share of one core, 1.0 = one core busy."""
    disk_free: int
    ram_used: int | None = None
    """Bytes of the machine's memory in use by anybody."""
    ram_total: int | None = None
    gpus: tuple[GpuRead, ...] = ()


class AlertRaised(Envelope, frozen=True, kw_only=True, tag="alert"):
    """A rule over the events found something a person should see."""

    rule: str
    level: AlertLevel
    step: int
    message: str
    action: str = ""
    """What to do about it."""
    evidence: dict[str, float | str] = msgspec.field(default_factory=dict)
    """The figures that show it."""
    key: str = ""
    """Id of the key that acts on it, empty when there is none."""
    theirs: Theirs | msgspec.UnsetType = msgspec.UNSET
    """The service's item, of a hosted run; not written for others."""


class ControlAnswered(Envelope, frozen=True, kw_only=True, tag="control"):
    """The worker saw a request and says what it will do."""

    id: str
    verb: str
    by: str
    host: str
    at: str
    accepted: bool
    effect: str


class Resumed(Envelope, frozen=True, kw_only=True, tag="resumed"):
    """A later attempt goes on from a checkpoint; later steps of earlier attempts are void."""

    from_step: int
    checkpoint: str


class MessageLogged(Envelope, frozen=True, kw_only=True, tag="message"):
    """A line for people."""

    level: AlertLevel
    text: str
    theirs: Theirs | msgspec.UnsetType = msgspec.UNSET
    """The service's item, of a hosted run; not written for others."""


class CostKnown(Envelope, frozen=True, kw_only=True, tag="cost"):
    """What the run costs, as far as somebody knows."""

    basis: CostBasis
    """`estimate` before it, `billed` when a service said what it counted."""
    tokens: int | None = None
    """Training tokens that are paid for; None where nobody counted them."""
    low: str | None = None
    """Amount, or the low end of it, as decimal text; None where no price is known."""
    high: str | None = None
    """The high end, the same where there is none."""
    currency: str = ""
    """ISO 4217; empty without an amount."""
    source: str = ""
    """Who gave the price, as it was shown."""
    as_of: str = ""
    """When the source said so."""


class SinkChanged(Envelope, frozen=True, kw_only=True, tag="sink"):
    """A place outside the log that gets the curves, too, began, failed or was given up."""

    name: str
    state: SinkState
    message: str = ""
    """What went wrong, without anything like a key."""


class RunFinished(Envelope, frozen=True, kw_only=True, tag="run_finished"):
    """All that was asked for is done."""

    reason: str
    seconds: float
    best_step: int | None = None
    best_path: str = ""
    preflight_error: float | None = None
    """Measured peak memory of the whole run over that of the preflight, less 1."""


class RunStopped(Envelope, frozen=True, kw_only=True, tag="run_stopped"):
    """Ended early because somebody asked."""

    reason: str
    seconds: float
    best_step: int | None = None
    best_path: str = ""


class RunFailed(Envelope, frozen=True, kw_only=True, tag="run_failed"):
    """Ended early because something broke."""

    what: str
    why: str
    remedy: str
    seconds: float
    report: str = ""
    """Path of the report file, relative to the job's folder; empty for an error we foresaw."""
    part: str | msgspec.UnsetType = msgspec.UNSET
    """The part of the split that was refused; not written where none was."""
    rows: tuple[int, ...] | msgspec.UnsetType = msgspec.UNSET
    """Rows of that part, from 1; not written where none was named."""


Event: TypeAlias = (
    RunCreated
    | WorkerStarted
    | Queued
    | PhaseEntered
    | DataReady
    | MaskLedger
    | KeysConsumed
    | PreflightDone
    | OutOfMemory
    | Planned
    | StepLogged
    | Evaluated
    | SampleTaken
    | CheckpointSaved
    | ResourceRead
    | AlertRaised
    | ControlAnswered
    | Resumed
    | MessageLogged
    | SinkChanged
    | CostKnown
    | RunFinished
    | RunStopped
    | RunFailed
)
TERMINAL = (RunFinished, RunStopped, RunFailed)
"""After one of these an attempt writes nothing more."""
