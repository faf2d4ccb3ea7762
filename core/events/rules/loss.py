"""A loss or a gradient that went wrong: not finite, far above its best, one wild step, dead."""

import msgspec
from msgspec.structs import replace

from core.events.rule import Average, Rule, median
from core.events.schema import AlertRaised, Event, StepLogged

_DIVERGED = 1.5
_DIVERGED_NATS = 0.1
"""A smoothed loss this close to its best is well learned, however many times the best it is."""
_DIVERGED_STEPS = 20
_WINDOW = 50
_SPIKE_MADS = 8.0
_SPIKE_FLOOR = 0.05
"""A loss this close to the median, as a share of it, is no spike however calm the rest was."""
_SPIKE_NATS = 0.5
"""The same in nats: where nearly all is learned, one answer still wrong is no spike either."""
_DEAD = 1e-7
_DEAD_STEPS = 5


class NotFinite(msgspec.Struct, frozen=True):
    """The loss became NaN or infinite."""

    broken: bool = False

    def look(self, event: Event) -> tuple["NotFinite", AlertRaised | None]:
        """Say it once an episode."""
        if not isinstance(event, StepLogged):
            return self, None
        if event.loss is not None or self.broken:
            return NotFinite(broken=event.loss is None), None
        alert = AlertRaised(
            rule="not_finite",
            level="critical",
            step=event.step,
            message=f"The loss of step {event.step} is not a finite number.",
            action="Stop, then resume from the last checkpoint with a third of the learning rate.",
            evidence={"learning_rate": event.lr},
            key="stop",
        )
        return NotFinite(broken=True), alert


class Divergence(msgspec.Struct, frozen=True, kw_only=True):
    """The smoothed loss stays far above its best."""

    smoothed: Average = Average()
    best: float | None = None
    above: int = 0
    """Steps in a row far above the best."""

    def look(self, event: Event) -> tuple["Divergence", AlertRaised | None]:
        """Say it when that has lasted."""
        if not isinstance(event, StepLogged) or event.loss is None:
            return self, None
        smoothed = self.smoothed.after(event.loss)
        now = smoothed.value or 0.0
        best = now if self.best is None else min(now, self.best)
        far = now > _DIVERGED * best and now > best + _DIVERGED_NATS
        above = self.above + 1 if far else 0
        after = Divergence(smoothed=smoothed, best=best, above=above)
        if above != _DIVERGED_STEPS:
            return after, None
        return after, AlertRaised(
            rule="divergence",
            level="critical",
            step=event.step,
            message=f"The smoothed loss is {now:.4g}; its best was {best:.4g}.",
            action="Stop, then resume from the best checkpoint with a lower learning rate.",
            evidence={"smoothed": now, "best": best, "steps": float(above)},
            key="stop",
        )


class Spike(msgspec.Struct, frozen=True, kw_only=True):
    """One step is far above the ones before."""

    recent: tuple[float, ...] = ()
    """Newest losses."""
    spiked: bool = False

    def look(self, event: Event) -> tuple["Spike", AlertRaised | None]:
        """Say it at the first of neighbouring ones."""
        if not isinstance(event, StepLogged) or event.loss is None:
            return self, None
        spike = _is_spike(self.recent, event.loss)
        after = Spike(recent=(*self.recent[1 - _WINDOW :], event.loss), spiked=spike)
        if not spike or self.spiked:
            return after, None
        usual = median(self.recent)
        return after, AlertRaised(
            rule="spike",
            level="warning",
            step=event.step,
            message=f"The loss jumped to {event.loss:.4g}; usual is {usual:.4g}.",
            action="One spike alone does no harm; a checkpoint now makes going back cheap.",
            evidence={"loss": event.loss, "usual": usual},
            key="checkpoint",
        )


def _is_spike(recent: tuple[float, ...], loss: float) -> bool:
    """Return whether a loss is far above the newest ones; the cheap test goes first."""
    if len(recent) < _WINDOW or loss <= max(recent):
        return False
    middle = median(recent)
    spread = median(abs(one - middle) for one in recent)
    return loss > middle + max(_SPIKE_MADS * spread, _SPIKE_FLOOR * abs(middle), _SPIKE_NATS)


class DeadGradients(msgspec.Struct, frozen=True, kw_only=True):
    """The gradient is zero, so nothing is learned."""

    dead: int = 0
    """Steps in a row without a gradient."""

    def look(self, event: Event) -> tuple["DeadGradients", AlertRaised | None]:
        """Say it when it has lasted."""
        if not isinstance(event, StepLogged) or event.grad_norm is None:
            return self, None
        after = replace(self, dead=self.dead + 1 if event.grad_norm < _DEAD else 0)
        if after.dead != _DEAD_STEPS:
            return after, None
        return after, AlertRaised(
            rule="dead_gradients",
            level="critical",
            step=event.step,
            message=f"The gradient has been zero for {_DEAD_STEPS} steps; nothing is learned.",
            action="Stop, and check that the mask keeps answers and the adapter has layers.",
            evidence={"gradient_norm": event.grad_norm, "steps": float(after.dead)},
            key="stop",
        )


RULES: tuple[type[Rule], ...] = (NotFinite, Divergence, Spike, DeadGradients)
