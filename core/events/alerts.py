"""Pure rules over events: what a person should look at, with evidence and what to do.

The worker runs them and writes what they find, so every viewer sees the same and none computes.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from core.events.schema import (
    AlertRaised,
    CheckpointSaved,
    Evaluated,
    Event,
    ResourceRead,
    StepLogged,
)

_EMA = 0.9
_DIVERGED = 1.5
_DIVERGED_STEPS = 20
_WINDOW = 50
_SPIKE_MADS = 8.0
_SPIKE_FLOOR = 0.05
"""A loss this close to the median, as a share of it, is no spike however calm the rest was."""
_EVALS_RISING = 2
_CHECKPOINTS_OF_SPACE = 2
_SPACE_FLOOR = 200_000_000


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules remember of the events so far."""

    broken: bool = False
    """Whether the newest loss was not finite."""
    ema_sum: float = 0.0
    ema_weight: float = 0.0
    best_ema: float | None = None
    above: int = 0
    """Steps in a row whose smoothed loss was far above its best."""
    recent: tuple[float, ...] = ()
    """Newest losses, for the spike rule."""
    spiked: bool = False
    eval_loss: float | None = None
    rising: int = 0
    """Evaluations in a row that were worse than the one before."""
    ema_at_eval: float | None = None
    checkpoint_bytes: int = 0
    low_on_disk: bool = False


class Looked(NamedTuple):
    """What the rules remember now, and what they found."""

    watch: Watch
    found: tuple[AlertRaised, ...]


def look(watch: Watch, event: Event) -> Looked:
    """Return what the rules make of one more event; each finding is said once an episode."""
    match event:
        case StepLogged():
            if event.loss is None:
                return _broken(watch, event)
            return _stepped(watch, event, event.loss)
        case Evaluated():
            return _evaluated(watch, event)
        case CheckpointSaved():
            return Looked(replace(watch, checkpoint_bytes=event.bytes), ())
        case ResourceRead():
            return _space(watch, event)
        case _:
            return Looked(watch, ())


def _broken(watch: Watch, event: StepLogged) -> Looked:
    if watch.broken:
        return Looked(watch, ())
    alert = AlertRaised(
        rule="not_finite",
        level="critical",
        step=event.step,
        message=f"The loss of step {event.step} is not a finite number.",
        action="Stop, then resume from the last checkpoint with a third of the learning rate.",
    )
    return Looked(replace(watch, broken=True), (alert,))


def _stepped(watch: Watch, event: StepLogged, loss: float) -> Looked:
    ema_sum = _EMA * watch.ema_sum + (1 - _EMA) * loss
    weight = _EMA * watch.ema_weight + (1 - _EMA)
    ema = ema_sum / weight
    best = ema if watch.best_ema is None else min(ema, watch.best_ema)
    above = watch.above + 1 if ema > _DIVERGED * best else 0
    found: list[AlertRaised] = []
    if above == _DIVERGED_STEPS:
        found.append(
            AlertRaised(
                rule="divergence",
                level="critical",
                step=event.step,
                message=f"The smoothed loss is {ema:.4g}; its best was {best:.4g}.",
                action="Stop, then resume from the best checkpoint with a lower learning rate.",
            )
        )
    spike = _is_spike(watch.recent, loss)
    if spike and not watch.spiked:
        found.append(
            AlertRaised(
                rule="spike",
                level="warning",
                step=event.step,
                message=f"The loss jumped to {loss:.4g}; usual is {_median(watch.recent):.4g}.",
                action="Look at the rows of that step; one spike alone does no harm.",
            )
        )
    now = replace(
        watch,
        broken=False,
        ema_sum=ema_sum,
        ema_weight=weight,
        best_ema=best,
        above=above,
        recent=(*watch.recent[1 - _WINDOW :], loss),
        spiked=spike,
    )
    return Looked(now, tuple(found))


def _is_spike(recent: tuple[float, ...], loss: float) -> bool:
    """Return whether a loss is far above the newest ones; the cheap test goes first."""
    if len(recent) < _WINDOW or loss <= max(recent):
        return False
    middle = _median(recent)
    spread = _median(abs(one - middle) for one in recent)
    return loss > middle + max(_SPIKE_MADS * spread, _SPIKE_FLOOR * abs(middle))


def _median(values: Iterable[float]) -> float:
    """Return the middle value; the standard module would cost the worker's start 20 ms."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def _evaluated(watch: Watch, event: Evaluated) -> Looked:
    ema = watch.ema_sum / watch.ema_weight if watch.ema_weight else None
    found: tuple[AlertRaised, ...] = ()
    rising = 0
    if event.loss is not None and watch.eval_loss is not None and event.loss > watch.eval_loss:
        learning = ema is None or watch.ema_at_eval is None or ema <= watch.ema_at_eval
        rising = watch.rising + 1 if learning else 0
    if rising == _EVALS_RISING:
        alert = AlertRaised(
            rule="overfit",
            level="warning",
            step=event.step,
            message=f"The validation loss rose {rising} times while the training loss fell.",
            action=f"Stop and keep step {event.best_step}, or train for fewer epochs.",
        )
        found = (alert,)
    return Looked(replace(watch, eval_loss=event.loss, rising=rising, ema_at_eval=ema), found)


def _space(watch: Watch, event: ResourceRead) -> Looked:
    needed = max(_CHECKPOINTS_OF_SPACE * watch.checkpoint_bytes, _SPACE_FLOOR)
    low = event.disk_free < needed
    if not low or watch.low_on_disk:
        return Looked(replace(watch, low_on_disk=low), ())
    alert = AlertRaised(
        rule="disk_low",
        level="critical",
        step=0,
        message=f"Only {event.disk_free // 1_000_000} MB are free for this job.",
        action="Free some space before the next checkpoint is due.",
    )
    return Looked(replace(watch, low_on_disk=True), (alert,))
