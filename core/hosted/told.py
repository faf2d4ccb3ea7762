"""What a run's log already says of a service's items: the log is the truth, also about repeats."""

from dataclasses import dataclass, field
from pathlib import Path

from msgspec import UNSET

from core.events.envelope import Envelope
from core.events.reader import EventReader
from core.events.schema import AlertRaised, CostKnown, Evaluated, Planned, StepLogged
from core.hosted.job_values import Item
from core.hosted.mapping import Before, better, events_of, said_by, time_of


@dataclass(kw_only=True)
class Told:
    """What was told so far; grows with every event that is written."""

    ids: set[str] = field(default_factory=set)
    """Of every item, or part of one, that stands in the log."""
    before: Before = field(default_factory=Before)
    """The newest step, and the lowest loss over all validation rows."""
    steps: set[int] = field(default_factory=set)
    total_steps: int | None = None
    finish: str = ""
    """When the service expects the end."""
    alerts: set[str] = field(default_factory=set)
    """Rules that this worker or one before it has said."""
    billed: CostKnown | None = None

    def note(self, event: Envelope) -> None:
        """Take in an event that stands in the log."""
        if id := said_by(event):
            self.ids.add(id)
        match event:
            case StepLogged(step=step):
                self.steps.add(step)
                if step > self.before.step:
                    self.before = self.before._replace(step=step, at=time_of(event))
            case Evaluated(of_batch=False, step=step, loss=loss):
                best = better(self.before.best, step, loss)
                self.before = self.before._replace(best=best)
            case Planned(total_steps=total):
                self.total_steps = total
                self.finish = "" if event.finish is UNSET else event.finish
            case AlertRaised(rule=rule):
                self.alerts.add(rule)
            case CostKnown(basis="billed"):
                self.billed = event

    def untold(self, item: Item) -> list[Envelope]:
        """Return the events of an item that do not stand in the log yet."""
        found = events_of(item, self.before)
        return [event for event in found if said_by(event) not in self.ids]


def read_told(log: Path) -> Told:
    """Return what a whole log tells."""
    told, reader = Told(), EventReader(log)
    more = True
    while more:
        batch = reader.read()
        for event in batch.events:
            told.note(event)
        more = batch.more
    return told
