"""Pages of a list that grows while it is read: each item once, oldest first; pure but for asking.

Services list newest first, but none promises it, nor what comes first among equal times. So what
a page looks like decides how far to walk, and the order is made here.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from core.hosted.job_values import Cursor, Item

_SURE = 20
"""So many known items in a row mean that all older ones are known, too."""
_MOST_PAGES = 1000
_REMEMBERED = 200


class Page(NamedTuple):
    """Some items as they were listed."""

    items: Sequence[Item]
    more: bool
    """Whether the service says that there are others after these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What a walk found."""

    items: tuple[Item, ...]
    """Each once, oldest first."""
    endless: bool
    """Whether the pages did not end and brought nothing new."""


def walk(
    page_after: Callable[[str | None], Page], known: Collection[str], *, whole: bool = False
) -> Walked:
    """Return what there is, at least all that is not known; the whole list if asked for."""
    listed: dict[str, Item] = {}
    after: str | None = None
    endless = False
    ascending: bool | None = None
    for _ in range(_MOST_PAGES):
        page = page_after(after)
        fresh = [one for one in page.items if one.id not in listed]
        listed |= {one.id: one for one in fresh}
        ascending = _direction(page.items) if ascending is None else ascending
        if not page.more:
            break
        if not fresh:
            endless = True
            break
        if not whole and _all_known(list(listed.values()), known):
            break
        after = page.items[-1].id
    else:
        endless = True
    items = list(listed.values())
    return Walked(items=ordered(items if ascending else items[::-1]), endless=endless)


def _direction(items: Sequence[Item]) -> bool | None:
    """Return whether items are listed oldest first; None where their times do not say."""
    times = [one.at or 0.0 for one in items]
    if not times or times[0] == times[-1]:
        return None
    return times[0] < times[-1]


def _all_known(items: Sequence[Item], known: Collection[str]) -> bool:
    """Return whether nothing new can follow: the list goes back in time, well into what is known.

    A list whose times stand still or go both ways says nothing about its next page.
    """
    times = [one.at or 0.0 for one in items]
    back = times[0] > times[-1] and times == sorted(times, reverse=True)
    return back and len(items) >= _SURE and all(one.id in known for one in items[-_SURE:])


def ordered(items: Sequence[Item]) -> tuple[Item, ...]:
    """Return items by their time; among equal times in their order, figures by their steps."""
    by_time = sorted(items, key=lambda one: one.at or 0.0)
    result: list[Item] = []
    for _, group in groupby(by_time, key=lambda one: one.at or 0.0):
        same = list(group)
        steps = iter(sorted((one for one in same if one.step is not None), key=_step))
        result += [one if one.step is None else next(steps) for one in same]
    return tuple(result)


def _step(item: Item) -> int:
    return item.step or 0


def moved(cursor: Cursor, items: Sequence[Item]) -> Cursor:
    """Return the cursor after these items."""
    ids = dict.fromkeys((*cursor.ids, *(one.id for one in items)))
    if not items:
        return cursor
    return Cursor(
        newest_id=items[-1].id,
        newest_time=items[-1].at,
        ids=tuple(ids)[-_REMEMBERED:],
        offset=cursor.offset,
    )
