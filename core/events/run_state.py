"""What is known about a job: a frozen value, the same for every viewer."""

from typing import Literal

import msgspec

from core.events.envelope import PhaseName
from core.events.parts import HostedPlace
from core.events.schema import (
    AlertRaised,
    CheckpointSaved,
    ControlAnswered,
    CostKnown,
    Evaluated,
    KeysConsumed,
    MaskLedger,
    MessageLogged,
    OutOfMemory,
    PreflightDone,
    ResourceRead,
    RunFailed,
    SampleTaken,
    SinkChanged,
    WorkerStarted,
)

Lifecycle = Literal["starting", "queued", "running", "stopping", "stopped", "finished", "failed"]
"""What the log says; whether anybody is still alive to continue it is `core.jobs.liveness`."""
OVER: frozenset[Lifecycle] = frozenset({"stopped", "finished", "failed"})
KEPT = 100
"""Alerts, messages, samples, checkpoints and the like kept in a state, newest last."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures a resume must go back to, as they were after `step`."""

    step: int = 0
    loss: float | None = None
    ema_sum: float = 0.0
    ema_weight: float = 0.0
    bad_steps: int = 0


class RunState(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known after `seq` lines of the log."""

    run: str = ""
    kind: str = ""
    name: str = ""
    """What a person calls it; not yet safe to show."""
    device: str = ""
    recipe_hash: str = ""
    """Hash of the resolved recipe, empty when there is none."""
    split_hash: str = ""
    """Root of the holdout lock that guards the run's rows, empty when there is none."""
    attempt: int = 1
    """1 for the first start, one more for every resume."""
    seq: int = 0
    """Number of the newest line folded in."""
    lifecycle: Lifecycle = "starting"
    phase: PhaseName | None = None
    """None before the first phase of this attempt."""
    phase_done: int | None = None
    phase_total: int | None = None
    phase_unit: str = ""
    phase_since: str = ""
    """When the phase began or was resumed."""
    phase_first: int = 0
    """Units already done when the phase began."""
    behind: str = ""
    """Id of the job this one waits for; empty when it does not wait."""
    position: int = 0
    """Place in the line while queued, 1 for the next."""
    step: int = 0
    total_steps: int | None = None
    epochs: float | None = None
    epoch: float = 0.0
    loss: float | None = None
    """Of the newest step; None when there is none or it was not finite."""
    ema: float | None = None
    """Loss smoothed over about 20 steps, without the bias of the start."""
    eval_loss: float | None = None
    batch_eval_loss: float | None = None
    """Of one batch of validation rows, as some services give it; never compared with the other."""
    best_step: int | None = None
    best_loss: float | None = None
    lr: float | None = None
    grad_norm: float | None = None
    bad_steps: int = 0
    """Steps whose loss was not finite, without those a resume made void."""
    seconds_per_step: float | None = None
    """Smoothed."""
    pace_spread: float = 0.0
    """Smoothed distance of a step's time from `seconds_per_step`."""
    attempt_steps: int = 0
    """Steps done by this attempt."""
    overhead_seconds: float = 0.0
    """Time of this attempt's evaluations and checkpoints."""
    rows: int | None = None
    validation_rows: int | None = None
    tokens: int | None = None
    """Tokens of one epoch."""
    supervised: int | None = None
    """Tokens of one epoch that carry loss."""
    ledger: MaskLedger | None = None
    keys: KeysConsumed | None = None
    """The newest word on which rows met the holdout lock."""
    preflight: PreflightDone | None = None
    out_of_memory: tuple[OutOfMemory, ...] = ()
    resources: ResourceRead | None = None
    """What the worker used when it last said so."""
    last_event_at: str = ""
    started_at: str = ""
    """When the first worker began."""
    ended_at: str = ""
    """Empty while the newest attempt has not said that it ended."""
    end_reason: str = ""
    best_path: str = ""
    """The result, relative to the job's folder; empty when there is none."""
    worker: WorkerStarted | None = None
    checkpoints: tuple[CheckpointSaved, ...] = ()
    evals: tuple[Evaluated, ...] = ()
    samples: tuple[SampleTaken, ...] = ()
    alerts: tuple[AlertRaised, ...] = ()
    messages: tuple[MessageLogged, ...] = ()
    requests: tuple[ControlAnswered, ...] = ()
    """Requests the worker answered."""
    sinks: tuple[SinkChanged, ...] = ()
    """How each sink is, in the order of their names."""
    hosted: HostedPlace | None = None
    """Where a hosted run stands at its service; None for other runs."""
    finish: str = ""
    """When a service expects the end, ISO 8601; empty where none said so."""
    estimate: CostKnown | None = None
    """What the run was said to cost."""
    billed: CostKnown | None = None
    """What a service counted."""
    failure: RunFailed | None = None
    figures: Figures = Figures()
    """What a resume from a checkpoint made now would go back to."""
    marks: tuple[Figures, ...] = ()
    """`figures` at each of the kept checkpoints."""
