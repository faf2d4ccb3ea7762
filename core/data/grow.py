"""Says where the rows of a grown source go: no row that has a side ever leaves it."""

from collections.abc import Sequence
from typing import NamedTuple

from core.data.parts import Side

HOLDOUT_ONLY = "matches the locked holdout"


class Growth(NamedTuple):
    """What becomes of the rows that have no side yet."""

    sides: dict[int, Side]
    """Rows that go where the rows are that they match."""
    quarantined: dict[int, str]
    """Rows that may not be trained on, with the reason."""
    free: list[list[int]]
    """Groups that match no row with a side; they may go anywhere."""


def grow(groups: Sequence[list[int]], known: Sequence[Side | None]) -> Growth:
    """Return where rows without a side go; `known` has the side of each row that has one."""
    sides: dict[int, Side] = {}
    quarantined: dict[int, str] = {}
    free: list[list[int]] = []
    for group in groups:
        waiting = [place for place in group if known[place] is None]
        present = {side for place in group if (side := known[place]) is not None}
        if not waiting:
            continue
        if not present:
            free.append(group)
        elif present == {"holdout"}:
            quarantined |= dict.fromkeys(waiting, HOLDOUT_ONLY)
        elif len(present) == 1:
            sides |= dict.fromkeys(waiting, present.pop())
        else:
            both = " and ".join(sorted(present))
            quarantined |= dict.fromkeys(waiting, f"matches both sides: {both}")
    return Growth(sides, quarantined, free)
