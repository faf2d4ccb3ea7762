"""What the processes of a run tell the worker when one of them runs out of memory.

Where each has all weights, it halves its own micro-batches and only says so. Where weights are
shared, no process can do its part of a step anew by itself: all end, and begin again together
from the newest checkpoint with half as much at once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from core.errors import MachineError
from core.events.schema import OutOfMemory
from core.storage import replace_file

BUDGET = "TUNINGFORK_BUDGET"
"""Names the most padded tokens at once to processes that begin again."""
_SAID = ".oom.json"


@dataclass(eq=False)
class ShortMemory(MachineError):
    """A process that shares its weights ran out of memory."""

    said: OutOfMemory | None = None
    """What would do; None when one row alone is too large."""


def given_budget(environment: Mapping[str, str]) -> int | None:
    """Return the most padded tokens at once that this process was begun with."""
    said = environment.get(BUDGET)
    return int(said) if said else None


def least(*budgets: int | None) -> int | None:
    """Return the smallest of the budgets that are set."""
    return min((one for one in budgets if one is not None), default=None)


def leave_event(folder: Path, rank: int, event: OutOfMemory) -> None:
    """Leave what a rank that has no pipe to the worker has to say."""
    name = f"{rank}-{event.step}-{event.new_budget}{_SAID}"
    replace_file(folder / name, msgspec.json.encode(event))


def take_events(folder: Path) -> Iterator[OutOfMemory]:
    """Yield what ranks left, and take it away."""
    for path in sorted(folder.glob(f"*{_SAID}")):
        yield msgspec.json.decode(path.read_bytes(), type=OutOfMemory)
        path.unlink()
