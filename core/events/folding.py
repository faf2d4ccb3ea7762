"""How each event changes what is known about a job: a pure fold, the same for every viewer."""

from collections.abc import Sequence
from typing import Any, TypeVar, assert_never

from msgspec import UNSET
from msgspec.structs import replace

from core.events.envelope import PhaseName
from core.events.run_state import KEPT, OVER, Figures, Lifecycle, RunState
from core.events.schema import (
    AlertRaised,
    CheckpointSaved,
    ControlAnswered,
    CostKnown,
    DataReady,
    Evaluated,
    Event,
    KeysConsumed,
    MaskLedger,
    MessageLogged,
    OutOfMemory,
    PhaseEntered,
    Planned,
    PreflightDone,
    Queued,
    ResourceRead,
    Resumed,
    RunCreated,
    RunFailed,
    RunFinished,
    RunStopped,
    SampleTaken,
    SinkChanged,
    StepLogged,
    WorkerStarted,
)

_LIFECYCLES: dict[PhaseName, Lifecycle] = {
    "checking_files": "starting",
    "uploading": "starting",
    "validating_files": "starting",
    "waiting": "queued",
}
"""Phases of a hosted run in which nothing is trained yet; in all others a job is running."""
_EMA = 0.95
_PACE = 0.95

_T = TypeVar("_T")


def apply(state: RunState, event: Event) -> RunState:
    """Return the state after one more event; a line read twice changes nothing."""
    if event.seq <= state.seq:
        return state
    match event:
        case StepLogged():
            return _stepped(state, (event,))
        case PhaseEntered():
            changes = _phase(state, event)
        case (
            Planned()
            | DataReady()
            | ResourceRead()
            | MaskLedger()
            | KeysConsumed()
            | PreflightDone()
            | CostKnown()
        ):
            changes = _facts(event)
        case Evaluated() | CheckpointSaved() | SampleTaken():
            changes = _results(state, event)
        case AlertRaised() | MessageLogged() | ControlAnswered() | OutOfMemory():
            changes = _told(state, event)
        case SinkChanged():
            changes = {"sinks": _sinks(state, event)}
        case RunCreated() | WorkerStarted() | Queued() | Resumed():
            changes = _begun(state, event)
        case RunFinished() | RunStopped() | RunFailed():
            changes = _ended(state, event)
        case _:
            assert_never(event)
    return replace(state, seq=event.seq, attempt=event.attempt, last_event_at=event.t, **changes)


def apply_all(state: RunState, events: Sequence[Event]) -> RunState:
    """Return the state after many more events; the same as applying each, but for the speed."""
    streak: list[StepLogged] = []
    newest = state.seq
    for event in events:
        if isinstance(event, StepLogged):
            if event.seq > newest:
                streak.append(event)
                newest = event.seq
            continue
        if streak:
            state, streak = _stepped(state, streak), []
        state = apply(state, event)
        newest = state.seq
    return _stepped(state, streak) if streak else state


def _stepped(state: RunState, events: Sequence[StepLogged]) -> RunState:
    """Return the state after steps; the only event frequent enough to be tuned for."""
    was = state.figures
    ema_sum, weight, bad = was.ema_sum, was.ema_weight, was.bad_steps
    pace, spread = state.seconds_per_step, state.pace_spread
    for event in events:
        if event.loss is None:
            bad += 1
        else:
            ema_sum = _EMA * ema_sum + (1 - _EMA) * event.loss
            weight = _EMA * weight + (1 - _EMA)
        if event.seconds > 0:
            if pace is None:
                pace = event.seconds
            else:
                spread = _PACE * spread + (1 - _PACE) * abs(event.seconds - pace)
                pace = _PACE * pace + (1 - _PACE) * event.seconds
    event = events[-1]
    loss = event.loss
    return replace(
        state,
        seq=event.seq,
        attempt=event.attempt,
        last_event_at=event.t,
        lifecycle="stopping" if state.lifecycle == "stopping" else "running",
        step=event.step,
        epoch=event.epoch,
        loss=loss,
        ema=ema_sum / weight if weight else None,
        lr=event.lr,
        grad_norm=event.grad_norm,
        bad_steps=bad,
        seconds_per_step=pace,
        pace_spread=spread,
        attempt_steps=state.attempt_steps + len(events),
        figures=Figures(
            step=event.step, loss=loss, ema_sum=ema_sum, ema_weight=weight, bad_steps=bad
        ),
    )


def _phase(state: RunState, event: PhaseEntered) -> dict[str, Any]:
    """Return what a phase line changes."""
    entered = event.name != state.phase
    lifecycle = _LIFECYCLES.get(event.name, "running")
    return {
        "lifecycle": "stopping" if state.lifecycle == "stopping" else lifecycle,
        "hosted": state.hosted if event.hosted is UNSET else event.hosted,
        "behind": "",
        "position": 0,
        "phase": event.name,
        "phase_done": event.done,
        "phase_total": event.total,
        "phase_unit": event.unit,
        "phase_since": event.t if entered else state.phase_since,
        "phase_first": (event.done or 0) if entered else state.phase_first,
    }


def _facts(
    event: Planned
    | DataReady
    | ResourceRead
    | MaskLedger
    | KeysConsumed
    | PreflightDone
    | CostKnown,
) -> dict[str, Any]:
    """Return what a line of plain facts changes."""
    match event:
        case Planned(total_steps=total, epochs=epochs):
            finish = "" if event.finish is UNSET else event.finish
            return {"total_steps": total, "epochs": epochs, "finish": finish}
        case DataReady():
            return {
                "rows": event.rows,
                "validation_rows": event.validation_rows,
                "tokens": event.tokens,
                "supervised": event.supervised,
            }
        case ResourceRead():
            return {"resources": event}
        case MaskLedger():
            return {"ledger": event}
        case KeysConsumed():
            return {"keys": event}
        case PreflightDone():
            return {"preflight": event}
        case CostKnown(basis=basis):
            return {basis: event}


def _results(state: RunState, event: Evaluated | CheckpointSaved | SampleTaken) -> dict[str, Any]:
    """Return what the fruits of a step change."""
    match event:
        case Evaluated(of_batch=True):
            return {"batch_eval_loss": event.loss}
        case Evaluated():
            return {
                "eval_loss": event.loss,
                "best_step": event.best_step,
                "best_loss": event.best_loss,
                "overhead_seconds": state.overhead_seconds + event.seconds,
                "evals": _kept(state.evals, event),
            }
        case CheckpointSaved():
            return {
                "overhead_seconds": state.overhead_seconds + event.seconds,
                "checkpoints": _kept(state.checkpoints, event),
                "marks": _kept(state.marks, replace(state.figures, step=event.step)),
            }
        case SampleTaken():
            return {"samples": _sampled(state, event)}


def _sampled(state: RunState, event: SampleTaken) -> tuple[SampleTaken, ...]:
    """Return the answers with one more; those of the base model and of the best step stay."""
    samples = (*state.samples, event)
    if len(samples) <= KEPT:
        return samples
    stay = {0, state.best_step}
    oldest = next((place for place, one in enumerate(samples) if one.step not in stay), 0)
    return (*samples[:oldest], *samples[oldest + 1 :])


def _told(
    state: RunState, event: AlertRaised | MessageLogged | ControlAnswered | OutOfMemory
) -> dict[str, Any]:
    """Return what a line for people changes."""
    match event:
        case AlertRaised():
            return {"alerts": _kept(state.alerts, event)}
        case MessageLogged():
            return {"messages": _kept(state.messages, event)}
        case OutOfMemory():
            return {"out_of_memory": _kept(state.out_of_memory, event)}
        case ControlAnswered(verb=verb, accepted=accepted):
            ends = verb == "stop" or (verb == "pause" and state.hosted is None)
            stopping = ends and accepted and state.lifecycle not in OVER
            return {
                "lifecycle": "stopping" if stopping else state.lifecycle,
                "requests": _kept(state.requests, event),
            }


def _sinks(state: RunState, event: SinkChanged) -> tuple[SinkChanged, ...]:
    """Return the newest word on each sink."""
    newest = {one.name: one for one in (*state.sinks, event)}
    return tuple(newest[name] for name in sorted(newest))[:KEPT]


def _begun(state: RunState, event: RunCreated | WorkerStarted | Queued | Resumed) -> dict[str, Any]:
    """Return what the beginning of a job or of an attempt changes."""
    match event:
        case RunCreated():
            names = ("run", "kind", "name", "device", "recipe_hash", "split_hash")
            return {name: getattr(event, name) for name in names}
        case WorkerStarted():
            return {**_NEW_ATTEMPT, "worker": event, "started_at": state.started_at or event.t}
        case Queued(behind=behind, position=position):
            lifecycle = "stopping" if state.lifecycle == "stopping" else "queued"
            return {"lifecycle": lifecycle, "behind": behind, "position": position}
        case Resumed(from_step=from_step):
            return _rewound(state, from_step)


def _ended(state: RunState, event: RunFinished | RunStopped | RunFailed) -> dict[str, Any]:
    """Return what the last line of an attempt changes."""
    ended = {"ended_at": event.t, "behind": "", "position": 0}
    if isinstance(event, RunFailed):
        return {**ended, "lifecycle": "failed", "end_reason": event.what, "failure": event}
    return {
        **ended,
        "lifecycle": "finished" if isinstance(event, RunFinished) else "stopped",
        "end_reason": event.reason,
        "best_step": state.best_step if event.best_step is None else event.best_step,
        "best_path": event.best_path,
    }


_NEW_ATTEMPT: dict[str, Any] = {
    "lifecycle": "starting",
    "phase": None,
    "phase_done": None,
    "phase_total": None,
    "phase_unit": "",
    "behind": "",
    "position": 0,
    "ended_at": "",
    "end_reason": "",
    "best_path": "",
    "failure": None,
    "attempt_steps": 0,
    "overhead_seconds": 0.0,
    "seconds_per_step": None,
    "pace_spread": 0.0,
}
"""What a new worker knows nothing of yet."""


def _rewound(state: RunState, from_step: int) -> dict[str, Any]:
    """Return the figures as they were at the checkpoint; what came after it is void."""
    evals = tuple(one for one in state.evals if one.step <= from_step)
    marks = tuple(mark for mark in state.marks if mark.step <= from_step)
    known = [mark for mark in (state.figures, *marks[-1:]) if mark.step == from_step]
    # A worker killed between a checkpoint and its line resumes from one the log does not mention.
    figures = known[0] if known else Figures(step=from_step)
    return {
        "figures": figures,
        "marks": marks,
        "step": from_step,
        "loss": figures.loss,
        "ema": figures.ema_sum / figures.ema_weight if figures.ema_weight else None,
        "bad_steps": figures.bad_steps,
        "evals": evals,
        "eval_loss": evals[-1].loss if evals else None,
        "best_step": evals[-1].best_step if evals else None,
        "best_loss": evals[-1].best_loss if evals else None,
        "checkpoints": tuple(one for one in state.checkpoints if one.step <= from_step),
        "samples": tuple(one for one in state.samples if one.step <= from_step),
    }


def _kept(old: tuple[_T, ...], new: _T) -> tuple[_T, ...]:
    """Return the tuple with one more at its end and no more than `KEPT` in all."""
    return (*old[1 - KEPT :], new)
