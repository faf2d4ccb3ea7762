"""Decides a split before anything is written: what is tied, which side each row is on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from core.data.border import Border, measure_border
from core.data.choices import Choices
from core.data.clusters import cluster, largest_allowed, ranked
from core.data.dates import read_date, read_dates
from core.data.grow import HOLDOUT_ONLY, grow
from core.data.parts import Parts, Shares, Side, divide, divide_by_time, fill, quotas
from core.data.shelf import Some
from core.data.split_row import SplitRow, SplitRows
from core.data.strata import Dimension, Stratum, Thin, dimensions, strata, thin
from core.data.telling import Tell, silent
from core.data.ties import find_ties
from core.errors import DataError
from core.text_safety import clip, visible

_ROUNDS = 20
_EDITED = "is an edited form of a locked holdout row"
_TOO_NEW = "is not older than the holdout"


class Kinds(NamedTuple):
    """How rows are sorted."""

    ways: list[Dimension]
    strata: list[Stratum]
    thin: list[Thin]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A split that is decided and not written."""

    rows: Sequence[SplitRow]
    said: Sequence[str]
    """What was compared of each row."""
    parts: Parts
    clusters: int
    compared: bool
    """Whether all rows were compared with one another."""
    kinds: Kinds
    border: Border
    quarantined: dict[int, str] = field(default_factory=dict)
    """Places of rows that are in no part, with the reason."""


def first_draft(given: SplitRows, salt: bytes, choices: Choices, tell: Tell = silent) -> Draft:
    """Return the first split of these rows."""
    rows, said = given
    shares = choices.shares()
    kinds = _kinds(rows, choices, shares)

    def parts_of(groups: list[list[int]]) -> Parts:
        if choices.time is None:
            return divide(groups, [one.places for one in kinds.strata], shares)
        dates = read_dates(rows, choices.time)
        cutoff = None if choices.cutoff is None else read_date(choices.cutoff)
        return divide_by_time(groups, dates, shares, cutoff=cutoff)

    pairs, compared = find_ties(given, tell)
    found = list(pairs)
    for _ in range(_ROUNDS):
        groups = _groups(rows, found, salt)
        parts = parts_of(groups)
        tell("measuring the border", None)
        border, crossing = _border(said, parts)
        if not crossing:
            break
        found += crossing
    return Draft(
        rows=rows,
        said=said,
        parts=parts,
        clusters=len(groups),
        compared=compared,
        kinds=kinds,
        border=border,
    )


def grown_draft(
    given: SplitRows,
    salt: bytes,
    choices: Choices,
    *,
    known: Sequence[Side | None],
    edited: Mapping[int, Side],
    gone: frozenset[int],
    new_version: bool,
    tell: Tell = silent,
) -> Draft:
    """Return the split of a grown source: rows that are `known` keep their side.

    `edited` are rows whose earlier form had a side; `gone` are holdout rows that the source has
    no more and that only serve to find what matches them.
    """
    rows, said = given
    shares = choices.shares()
    kinds = _kinds(rows, choices, shares)
    pairs, compared = find_ties(given, tell)
    groups = _groups(rows, pairs, salt)
    sides = [known[place] or edited.get(place) for place in range(len(rows))]
    growth = grow(groups, sides)
    quarantined = dict(growth.quarantined)
    where: dict[int, Side] = {p: side for p, side in enumerate(sides) if side} | growth.sides
    free = growth.free
    large = [group for group in free if len(group) > largest_allowed(len(rows))]
    free = [group for group in free if len(group) <= largest_allowed(len(rows))]
    places = [one.places for one in kinds.strata]
    if new_version:
        matched = [place for place, why in quarantined.items() if why == HOLDOUT_ONLY]
        for place in matched:
            del quarantined[place]
            where[place] = "holdout"
        for place in gone:
            del where[place]
    else:
        quarantined |= {p: _EDITED for p, side in edited.items() if side == "holdout"}
        where = {place: side for place, side in where.items() if place not in quarantined}
    if choices.time is not None:
        newer, free = _newer(rows, where, free, choices.time)
        if new_version:
            where |= {place: "holdout" for group in newer for place in group}
        else:
            quarantined |= {place: _TOO_NEW for group in newer for place in group}
    elif new_version:
        taken, free = fill(free, places, _missing(places, where, "holdout", shares.holdout))
        where |= {place: "holdout" for group in taken for place in group}
    wanted = _missing(places, where, "validation", shares.validation)
    taken, free = fill(free, places, wanted)
    where |= {place: "validation" for group in taken for place in group}
    where |= {place: "train" for group in free + large for place in group}
    tell("measuring the border", None)
    parts = Parts(
        train=_on(where, "train"),
        validation=_on(where, "validation"),
        holdout=_on(where, "holdout"),
        large=tuple(tuple(group) for group in large),
    )
    return Draft(
        rows=rows,
        said=said,
        parts=parts,
        clusters=len(groups),
        compared=compared,
        kinds=kinds,
        border=_border(said, parts)[0],
        quarantined=dict(sorted(quarantined.items())),
    )


def _kinds(rows: Sequence[SplitRow], choices: Choices, shares: Shares) -> Kinds:
    """Return how the rows are sorted; a field with a value for each row is refused."""
    ways = dimensions(rows, choices.by)
    if choices.by is not None and all(way.name != choices.by for way in ways):
        raise DataError(
            what=f"The field {clip(visible(choices.by), 80)} does not sort these rows.",
            why="No row has it, all have the same, or it has a value for nearly every row.",
            remedy="Name a field with a few values that many rows share, such as a topic.",
        )
    return Kinds(ways, strata(ways, len(rows), shares.holdout), thin(ways, shares.holdout))


def _groups(
    rows: Sequence[SplitRow], pairs: Sequence[tuple[int, int]], salt: bytes
) -> list[list[int]]:
    """Return the groups in their drawn order."""
    found = cluster([tuple(row.names()) for row in rows], pairs)
    return ranked(found, [row.keys.norm for row in rows], salt)


def _border(said: Sequence[str], parts: Parts) -> tuple[Border, list[tuple[int, int]]]:
    """Return how alike the sides are, and the pairs of places that should be on one."""
    left = parts.holdout
    right = (*parts.train, *parts.validation)
    border = measure_border(Some(said, left), Some(said, right))
    return border, [(left[one], right[other]) for one, other in border.crossing]


def _missing(
    places: Sequence[Sequence[int]], where: Mapping[int, Side], side: Side, share: float
) -> list[int]:
    """Return how many rows each stratum still owes a part."""
    wanted = quotas(places, share)
    there = [sum(where.get(place) == side for place in own) for own in places]
    return [max(0, count - have) for count, have in zip(wanted, there, strict=True)]


def _newer(
    rows: Sequence[SplitRow], where: Mapping[int, Side], free: list[list[int]], path: str
) -> tuple[list[list[int]], list[list[int]]]:
    """Return the free groups that are not older than the holdout, and the others."""
    dates = read_dates(rows, path)
    border = min((dates[place] for place in _on(where, "holdout")), default=None)
    if border is None:
        return [], free
    newer = [group for group in free if max(dates[place] for place in group) >= border]
    return newer, [group for group in free if group not in newer]


def _on(where: Mapping[int, Side], side: Side) -> tuple[int, ...]:
    """Return the places on a side, in order."""
    return tuple(sorted(place for place, own in where.items() if own == side))
