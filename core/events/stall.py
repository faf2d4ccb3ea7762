"""A worker that lives and says nothing: the one alert that only somebody else can raise."""

from core.events.run_state import RunState
from core.events.schema import AlertRaised

_STALLED_STEPS = 5
_STALLED_S = 60.0
_QUIET_PHASE_S = 600.0
"""Loading a model may take minutes in which nothing can be said."""


def stalled(state: RunState, quiet_s: float) -> AlertRaised | None:
    """Return that a worker that lives has said nothing for long; only a viewer can know.

    `quiet_s` is the age of the newest event.
    """
    pace = state.seconds_per_step
    training = state.phase == "training" and pace is not None
    limit = max(_STALLED_S, _STALLED_STEPS * (pace or 0.0)) if training else _QUIET_PHASE_S
    if state.lifecycle not in {"running", "stopping"} or quiet_s < limit:
        return None
    usual = f"a step usually takes {pace:.3g} s" if training else f"it is at {state.phase}"
    return AlertRaised(
        rule="stall",
        level="warning",
        step=state.step,
        message=f"The worker lives, but has said nothing for over {limit:.0f} s; {usual}.",
        action="Look at its log; stop it if nothing moves.",
        evidence={"limit_s": limit, "phase": state.phase or ""},
        key="stop",
    )
