"""Which volumes a break-even is told at: around where the costs meet, and at the person's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from core.decide.break_even import BreakEven, Cheaper, Point

MOST = 10**12
"""Requests a day beyond which nothing is drawn or listed; nobody has more."""
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeRow:
    """Both costs of a month at one volume."""

    point: Point
    cheaper: Cheaper
    """What costs less there, whatever the ranges turn out to be."""
    mark: str
    """Why this volume is listed; empty for a round one."""


def span_of(meets: BreakEven, asked: float | None) -> tuple[int, int]:
    """Return the first and the last volume worth showing: what matters, with room on both sides."""
    matters = [meets.low, meets.high, _whole(asked)]
    found = [one for one in matters if one]
    if meets.high is None or not found:
        found += [max(1, floor(end)) for end in meets.capacity]
    first, last = min(*found, MOST), max(found)
    return _round_down(max(1, first // 4)), min(MOST, _round_up(last * 4))


def volume_rows(meets: BreakEven, asked: float | None) -> tuple[VolumeRow, ...]:
    """Return the volumes to list, small first: round ones, the break-even, the person's own."""
    first, last = span_of(meets, asked)
    marks: dict[int, list[str]] = {volume: [] for volume in _tens(first, last)}
    for volume, mark in (
        (meets.low, "break-even at best"),
        (meets.high, "break-even at worst"),
        (_whole(asked), "your volume"),
    ):
        if volume is not None and volume <= MOST:
            marks.setdefault(volume, []).append(mark)
    ordered = sorted(marks)
    return tuple(
        VolumeRow(point=point, cheaper=meets.cheaper(volume), mark=", ".join(marks[volume]))
        for volume, point in zip(ordered, meets.curve(ordered), strict=True)
    )


def _whole(asked: float | None) -> int | None:
    """Return a volume in whole requests, the one before a part."""
    return None if asked is None else floor(asked)


def _tens(first: int, last: int) -> Sequence[int]:
    """Return the powers of ten of a span, with both its ends."""
    powers = [10**power for power in range(len(str(MOST)))]
    inside = [power for power in powers if first < power < last]
    return sorted({first, *inside, last})


def _round_down(volume: int) -> int:
    """Return the largest of 1, 2, 5 x 10^k that is not above a volume."""
    tens: int = 10 ** (len(str(volume)) - 1)
    return max(step * tens for step in _STEPS if step * tens <= volume)


def _round_up(volume: int) -> int:
    """Return the smallest of 1, 2, 5 x 10^k that is not below a volume."""
    tens: int = 10 ** (len(str(volume)) - 1)
    return next(step * tens for step in (*_STEPS, 10) if step * tens >= volume)
