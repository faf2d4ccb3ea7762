"""How long a job still takes and how long it has been silent, from the times in its log."""

from datetime import UTC, datetime
from typing import NamedTuple

from core.events.run_state import RunState

MEASURED_STEPS = 20
"""Steps before a remaining time is said."""
_MEASURED_UNITS = 3


class Eta(NamedTuple):
    """Seconds until the work is done, as a range."""

    low_s: float
    high_s: float


def eta(state: RunState) -> Eta | None:
    """Return how long the work still takes; None while too little is measured to say."""
    if state.lifecycle not in {"running", "stopping"}:
        return None
    if state.total_steps is not None and state.attempt_steps >= MEASURED_STEPS:
        return _steps_eta(state, state.total_steps)
    # A look or a save between two steps is a short part of a run and says nothing of the rest.
    between_steps = state.attempt_steps > 0 and state.phase != "training"
    if state.phase_done is None or state.phase_total is None or between_steps:
        return None
    return _phase_eta(state, state.phase_done, state.phase_total)


def _steps_eta(state: RunState, total: int) -> Eta | None:
    """Return how long the steps still take, by how long those of this attempt took."""
    if state.seconds_per_step is None:
        return None
    left = max(0, total - state.step)
    pace = state.seconds_per_step + state.overhead_seconds / state.attempt_steps
    spread = max(0.05 * pace, state.pace_spread)
    return Eta(left * max(0.0, pace - spread), left * (pace + spread))


def _phase_eta(state: RunState, done: int, total: int) -> Eta | None:
    """Return how long a counted phase still takes, from its first and newest line."""
    units = done - state.phase_first
    took = seconds_between(state.phase_since, state.last_event_at)
    if units < _MEASURED_UNITS or took is None or took <= 0:
        return None
    left = max(0, total - done) * took / units
    return Eta(0.8 * left, 1.25 * left)


def seconds_between(earlier: str, later: str) -> float | None:
    """Return the seconds from one event time to another, below 0 where a clock went back."""
    try:
        return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
    except ValueError:
        return None


def silence(state: RunState, now: datetime) -> float | None:
    """Return the age in seconds of the newest event, 0 where the worker's clock is ahead."""
    age = seconds_between(state.last_event_at, now.astimezone(UTC).isoformat())
    return None if age is None else max(0.0, age)
