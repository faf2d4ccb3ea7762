"""Small event logs, made in memory or on disk, with a clock that obeys."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from core.events.schema import (
    Event,
    PhaseEntered,
    Planned,
    RunCreated,
    RunFinished,
    StepLogged,
    WorkerStarted,
)
from core.events.writer import EventWriter

RUN = "20260101-120000-probe-0001"
START = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


class Ticks:
    """A clock that moves by a fixed step, forwards or backwards."""

    def __init__(self, step: float = 1.0) -> None:
        self._now = START
        self._step = timedelta(seconds=step)

    def __call__(self) -> datetime:
        """Return the next moment."""
        now = self._now
        self._now += self._step
        return now


def writer(path: Path, *, attempt: int = 1, clock: Ticks | None = None) -> EventWriter:
    """Return a writer of the log at this path."""
    return EventWriter.open(path, run=RUN, attempt=attempt, clock=clock or Ticks())


def started(pid: int = 1) -> WorkerStarted:
    """Return the first line of an attempt."""
    return WorkerStarted(pid=pid, start_time=1.0, boot_id="boot", host="host", user="user")


def short_run(steps: int) -> list[Event]:
    """Return the events of a whole small run, not yet numbered."""
    return [
        RunCreated(kind="rehearsal", name="probe"),
        started(),
        PhaseEntered(name="training"),
        Planned(total_steps=steps, epochs=1.0),
        *(step(number, 3.0 / number) for number in range(1, steps + 1)),
        RunFinished(reason="Done.", seconds=1.0),
    ]


def step(number: int, loss: float | None = 1.0, *, seconds: float = 0.1) -> StepLogged:
    """Return a step."""
    return StepLogged(step=number, loss=loss, seconds=seconds, tokens=10)


def numbered(events: Iterable[Event], *, attempt: int = 1, first: int = 1) -> list[Event]:
    """Return the events as a writer would number them."""
    clock = Ticks()
    return [
        msgspec.structs.replace(
            event,
            seq=number,
            attempt=attempt,
            run=RUN,
            t=clock().strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        )
        for number, event in enumerate(events, first)
    ]


def as_lines(events: Iterable[Event]) -> list[bytes]:
    """Return the lines of numbered events, each with its line feed."""
    return [msgspec.json.encode(event) + b"\n" for event in events]
