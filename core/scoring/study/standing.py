"""What the log of one rater adds up to: the last word on every answer, nothing counted twice."""

from collections.abc import Iterable
from typing import Any

from core.scoring.study.rating_log import RatingEvent

Met = tuple[str, int]
"""An item and its occurrence."""
Place = tuple[Met, str, str]
"""An item met, a side and a kind of event."""


class Standing:
    """The events that count, and the last one of each kind on each answer."""

    def __init__(self, events: Iterable[RatingEvent] = ()) -> None:
        self._seen: set[str] = set()
        self._kept: dict[str, RatingEvent] = {}
        self._said: dict[Place, list[RatingEvent]] = {}
        for event in events:
            self.add(event)

    def add(self, event: RatingEvent) -> None:
        """Take in the next event; one that was taken in before changes nothing."""
        if event.eid in self._seen:
            return
        self._seen.add(event.eid)
        if event.kind == "supersede":
            gone = self._kept.pop(event.supersedes, None)
            if gone is not None:
                self._said[_place(gone)].remove(gone)
            return
        self._kept[event.eid] = event
        self._said.setdefault(_place(event), []).append(event)

    @property
    def newest(self) -> RatingEvent | None:
        """The event that an undo would take back."""
        return next(reversed(self._kept.values()), None)

    def event(self, kind: str, met: Met, side: str = "") -> RatingEvent | None:
        """Return the last word of a kind on an answer; None where there is none, or no longer."""
        said = self._said.get((met, side, kind))
        return said[-1] if said and said[-1].kind == kind else None

    def value(self, kind: str, met: Met, side: str = "") -> Any:
        """Return the value of the last word of a kind; None where there is none."""
        event = self.event(kind, met, side)
        return None if event is None else event.value

    def score(self, met: Met, side: str) -> int | None:
        """Return the score of an answer; None where there is none."""
        score = self.value("rate", met, side)
        return None if score is None else int(score)

    def finished(self, met: Met) -> bool:
        """Return whether an item met was rated to its end."""
        return self.event("commit", met) is not None

    def done(self, met: Met) -> bool:
        """Return whether the rater is through with an item: rated, or passed over."""
        return self.finished(met) or self.event("skip", met) is not None

    def all(self, kind: str) -> list[RatingEvent]:
        """Return the last word of a kind on everything, in the order of the first one."""
        found = [said[-1] for (_, _, kept), said in self._said.items() if kept == kind and said]
        return [event for event in found if event.kind == kind]


def _place(event: RatingEvent) -> Place:
    """Return what an event is about; a withdrawal is about what it withdraws."""
    kind = str(event.value) if event.kind == "clear" else event.kind
    return (event.item, event.occurrence), event.side, kind
