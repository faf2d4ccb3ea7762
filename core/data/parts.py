"""Decides which groups are set aside: first for the holdout, then the same way for validation."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from core.data.clusters import largest_allowed

Side = Literal["train", "validation", "holdout"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How much is set aside; the rest is train."""

    validation: float = 0.10
    """Share of the rows that picks checkpoints."""
    holdout: float = 0.15
    """Share of the rows that nothing but Score may see."""


class Filled(NamedTuple):
    """What came of filling a part."""

    taken: list[list[int]]
    left: list[list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Places in the given rows, by part."""

    train: tuple[int, ...]
    validation: tuple[int, ...]
    holdout: tuple[int, ...]
    large: tuple[tuple[int, ...], ...] = ()
    """Groups too large to set aside, which stay in train."""
    astride: int = 0
    """Groups with rows before and after the cutoff of a split by time, which stay in train."""


def divide(groups: Sequence[list[int]], strata: Sequence[Sequence[int]], shares: Shares) -> Parts:
    """Return the parts: every stratum gives its share; `groups` stand in their drawn order."""
    rows = sum(len(group) for group in groups)
    limit = largest_allowed(rows)
    aside = [group for group in groups if len(group) <= limit]
    large = [group for group in groups if len(group) > limit]
    holdout, rest = fill(aside, strata, quotas(strata, shares.holdout))
    validation, rest = fill(rest, strata, quotas(strata, shares.validation))
    return Parts(
        train=_places(rest + large),
        validation=_places(validation),
        holdout=_places(holdout),
        large=tuple(tuple(group) for group in large),
    )


def divide_by_time(
    groups: Sequence[list[int]],
    dates: Sequence[datetime],
    shares: Shares,
    *,
    cutoff: datetime | None = None,
) -> Parts:
    """Return the parts with the newest groups as holdout, the next newest as validation.

    A group is as old as its oldest row, so no holdout row is older than the border.
    """
    rows = len(dates)
    limit = largest_allowed(rows)
    newest = sorted(groups, key=_oldest(dates), reverse=True)
    aside = [group for group in newest if len(group) <= limit]
    large = [group for group in newest if len(group) > limit]
    if cutoff is None:
        count, room = 0, round(shares.holdout * rows)
        while count < len(aside) and len(aside[count]) <= room:
            room -= len(aside[count])
            count += 1
        holdout, rest = aside[:count], aside[count:]
    else:
        after = _oldest(dates)
        holdout = [group for group in aside if after(group) >= cutoff]
        rest = [group for group in aside if after(group) < cutoff]
    border = min((dates[place] for group in holdout for place in group), default=None)
    late = [g for g in rest + large if border and max(dates[p] for p in g) >= border]
    validation, rest = fill(rest, [_places(rest)], [round(shares.validation * rows)])
    return Parts(
        train=_places(rest + large),
        validation=_places(validation),
        holdout=_places(holdout),
        large=tuple(tuple(group) for group in large),
        astride=len(late),
    )


def quotas(strata: Sequence[Sequence[int]], share: float) -> list[int]:
    """Return how many rows each stratum gives: in all the share of all, by largest remainder."""
    exact = [share * len(places) for places in strata]
    given = [int(one) for one in exact]
    missing = round(sum(exact)) - sum(given)
    order = sorted(range(len(exact)), key=lambda at: (given[at] - exact[at], at))
    for at in order[:missing]:
        given[at] += 1
    return given


def fill(
    groups: Sequence[list[int]], strata: Sequence[Sequence[int]], wanted: Sequence[int]
) -> Filled:
    """Return the groups that fill the strata, never with more rows in all than wanted.

    First come groups that fit whole; where that leaves a stratum short, groups that also bring
    rows of another one.
    """
    of = {place: at for at, places in enumerate(strata) for place in places}
    room = list(wanted)
    taken: list[list[int]] = []

    def take(waiting: Iterable[list[int]], fits: Callable[[list[int]], bool]) -> list[list[int]]:
        left: list[list[int]] = []
        for group in waiting:
            if fits(group):
                taken.append(group)
                for place in group:
                    room[of[place]] -= 1
            else:
                left.append(group)
        return left

    def whole(group: list[int]) -> bool:
        needs = [of[place] for place in group]
        return all(needs.count(at) <= room[at] for at in set(needs))

    def mostly(group: list[int]) -> bool:
        helps = sum(room[of[place]] > 0 for place in group)
        return 2 * helps > len(group) and len(group) <= sum(room)

    left = take(groups, whole)
    if sum(room) > 0:
        left = take(left, mostly)
    return Filled(taken, left)


def _oldest(dates: Sequence[datetime]) -> Callable[[list[int]], datetime]:
    """Return what says how old a group is."""
    return lambda group: min(dates[place] for place in group)


def _places(groups: Iterable[Sequence[int]]) -> tuple[int, ...]:
    """Return the places of all groups."""
    return tuple(sorted(place for group in groups for place in group))
