"""What a reader of somebody else's files hands over: events like our own, not yet numbered."""

from typing import NamedTuple, Protocol

from core.events.schema import Event


class Further(NamedTuple):
    """A point of a curve that we have no name for."""

    tag: str
    """As it was written; not yet safe to show."""
    step: int
    value: float


class Found(NamedTuple):
    """What one look brought."""

    events: list[Event]
    """In their order; `t` says when a point was made, as well as the files tell."""
    further: list[Further]
    more: bool = False
    """Whether another look would bring more at once."""
    restarted: bool = False
    """Whether the files are others than before: forget what was folded."""


NOTHING = Found([], [])


class Source(Protocol):
    """Reads one kind of file as it grows; locks nothing, writes nothing, raises for nothing."""

    live: bool
    """Whether points appear here as they are made, and not only with checkpoints."""

    @property
    def damaged(self) -> int:
        """Lines or records passed over because they could not be read."""

    @property
    def changed(self) -> float:
        """When the files last changed, seconds since the epoch; 0 when there is none."""

    @property
    def files(self) -> tuple[str, ...]:
        """What is read; not yet safe to show."""

    def read(self) -> Found:
        """Return what is new, some hundred kilobytes at most."""
