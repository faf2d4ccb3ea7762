"""Sorts rows into strata, so that every kind of row has its share of the holdout."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from core.data.fields import as_text, field
from core.data.keys import normalise
from core.data.split_row import SplitRow

_FEWEST_EXPECTED = 3
"""Holdout rows that a stratum should expect; with fewer it is joined to another."""
_LABEL_WORDS = 3
_MOST_LABELS = 20
_LENGTHS = (200, 1000, 5000)
"""Characters; fixed, so that a row's stratum does not hang on the other rows."""
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
    first = _field(rows, by, by) if by else _field(rows, "label", "label") or _labels(rows)
    languages = _field(rows, "language", "language") or _field(rows, "lang", "language")
    found = [
        first,
        languages or _every(rows, "script", _script),
        None if by == "source" else _field(rows, "source", "source"),
        _every(rows, "turns", lambda row: "one" if len(row.asked) == 1 else "several"),
        _every(rows, "length", _length),
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


def _field(rows: Sequence[SplitRow], path: str, name: str) -> Dimension | None:
    """Return the values of a field; None when it sorts nothing or names each row."""
    values = [field(row.row.value, path) for row in rows]
    texts = tuple(_NONE if value is None else as_text(value) for value in values)
    return Dimension(name, texts) if 1 < len(set(texts)) <= _most(rows) else None


def _labels(rows: Sequence[SplitRow]) -> Dimension | None:
    """Return the answers where all are short and few differ: then they are labels."""
    answers = tuple(normalise(row.example.reference) for row in rows)
    short = all(len(answer.split()) <= _LABEL_WORDS for answer in answers)
    if not short or len(set(answers)) > _most(rows):
        return None
    return Dimension("label", tuple(as_text(answer) for answer in answers))


def _most(rows: Sequence[SplitRow]) -> int:
    """Return how many kinds there may be before they are names of single rows."""
    return max(2, min(_MOST_LABELS, len(rows) // 5))


def _every(rows: Sequence[SplitRow], name: str, value: Callable[[SplitRow], str]) -> Dimension:
    """Return what a function says of every row."""
    return Dimension(name, tuple(value(row) for row in rows))


def _length(row: SplitRow) -> str:
    """Return the length of what is said, roughly."""
    size = sum(len(message.text) for message in row.example.messages)
    limit = next((limit for limit in _LENGTHS if size <= limit), None)
    return f"over {_LENGTHS[-1]}" if limit is None else f"to {limit}"


def _script(row: SplitRow) -> str:
    """Return the script that most letters of the row are written in."""
    letters = (c for message in row.example.messages for c in message.text[:500] if c.isalpha())
    found = Counter(
        "LATIN" if c.isascii() else unicodedata.name(c, "?").split(" ")[0] for c in letters
    )
    return min(found, key=lambda name: (-found[name], name)).lower() if found else _NONE
