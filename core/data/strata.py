"""Sorts rows into strata, so that every kind of row has its share of the holdout."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from core.data.fields import as_text
from core.data.split_row import SplitRow, Traits

_FEWEST_EXPECTED = 3
"""Holdout rows that a stratum should expect; with fewer it is joined to another."""
LABEL_WORDS = 3
"""An answer of at most so many words may be a label."""
MOST_KINDS = 20
"""Values of a field beyond which they are names of single rows."""
_NONE = "none"


class Dimension(NamedTuple):
    """One way in which rows differ."""

    name: str
    values: tuple[str, ...]
    """One a row."""


class Stratum(NamedTuple):
    """Rows that are alike in every way looked at."""

    name: str
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thin:
    """A kind of row of which there are too few to say anything about it."""

    name: str
    """As `topic=warranty`."""
    rows: int
    needed: int
    """Rows that would give the holdout enough of them."""


def dimensions(rows: Sequence[SplitRow], by: str | None) -> list[Dimension]:
    """Return the ways in which these rows differ, the most telling first."""
    of = [row.traits for row in rows]
    named = _field(by, [one.chosen for one in of]) if by else None
    first = named if by else _field("label", [one.label for one in of]) or _labels(of)
    languages = _field("language", [one.language for one in of]) or _field(
        "language", [one.lang for one in of]
    )
    found = [
        first,
        languages or Dimension("script", tuple(one.script for one in of)),
        None if by == "source" else _field("source", [one.source for one in of]),
        Dimension("turns", tuple("one" if len(row.turns) == 1 else "several" for row in rows)),
        Dimension("length", tuple(one.length for one in of)),
    ]
    return [one for one in found if one is not None and len(set(one.values)) > 1]


def strata(ways: Sequence[Dimension], rows: int, share: float) -> list[Stratum]:
    """Return the strata, by name; thin ones are joined to others that differ in one way only."""
    whole = Stratum("every row", tuple(range(rows)))
    return sorted(_divided(whole, ways, _FEWEST_EXPECTED / share))


def thin(ways: Sequence[Dimension], share: float) -> list[Thin]:
    """Return the kinds of rows that are too few for the holdout to say anything of them."""
    needed = ceil(round(_FEWEST_EXPECTED / share, 6))
    return [
        Thin(name=f"{way.name}={value}", rows=count, needed=needed)
        for way in ways
        for value, count in sorted(Counter(way.values).items())
        if count < needed
    ]


def _divided(whole: Stratum, ways: Sequence[Dimension], needed: float) -> list[Stratum]:
    """Return a stratum divided by each way in turn, as far as enough rows are left."""
    if not ways:
        return [whole]
    way, *others = ways
    kinds: dict[str, list[int]] = defaultdict(list)
    for place in whole.places:
        kinds[way.values[place]].append(place)
    joined = _joined(kinds, needed)
    if len(joined) == 1:
        return _divided(whole, others, needed)
    before = "" if whole.name == "every row" else f"{whole.name}, "
    found: list[Stratum] = []
    for values, places in joined:
        part = Stratum(f"{before}{way.name}={' or '.join(values)}", tuple(sorted(places)))
        found += _divided(part, others, needed)
    return found


def _joined(kinds: dict[str, list[int]], needed: float) -> list[tuple[tuple[str, ...], list[int]]]:
    """Return the kinds with all thin ones as one, joined to the smallest other if still thin."""
    large = sorted((len(places), value) for value, places in kinds.items() if len(places) >= needed)
    few = sorted(value for value, places in kinds.items() if len(places) < needed)
    together: list[tuple[tuple[str, ...], list[int]]] = [
        ((value,), kinds[value]) for _, value in large
    ]
    rest = [place for value in few for place in kinds[value]]
    if few and len(rest) < needed and large:
        (values, places), *others = together
        return [((*values, *few), [*places, *rest]), *others]
    return [*together, (tuple(few), rest)] if few else together


def _field(name: str, values: Sequence[str | None]) -> Dimension | None:
    """Return the values of a field; None when it sorts nothing or names each row."""
    texts = tuple(_NONE if value is None else value for value in values)
    return Dimension(name, texts) if 1 < len(set(texts)) <= _most(len(texts)) else None


def _labels(rows: Sequence[Traits]) -> Dimension | None:
    """Return the answers where all are short and few differ: then they are labels."""
    answers = [row.answer for row in rows if row.answer is not None]
    if len(answers) < len(rows) or len(set(answers)) > _most(len(rows)):
        return None
    return Dimension("label", tuple(as_text(answer) for answer in answers))


def _most(rows: int) -> int:
    """Return how many kinds there may be before they are names of single rows."""
    return max(2, min(MOST_KINDS, rows // 5))
