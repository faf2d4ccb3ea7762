"""Which rows of a file can be split, and what of each is remembered: its place and its names."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.data.alike import SYSTEM_ROLES, whole
from core.data.choices import Choices
from core.data.fields import as_text, missing_field
from core.data.fields import field as field_at
from core.data.keys import normalise, row_keys
from core.data.rows import Example, Row
from core.data.shelf import Shelf, Some
from core.data.split_row import SplitRow, SplitRows, Stretch, Traits
from core.data.strata import LABEL_WORDS, MOST_KINDS
from core.data.template import Template, find_template

_LENGTHS = (200, 1000, 5000)
"""Characters; fixed, so that a row's stratum does not hang on the other rows."""
_LETTERS = 200
"""Characters of a turn that show its script."""
_NO_SCRIPT = "none"
_VERY_MANY = "\0very many"
"""Stands for each further value of a field that has too many to sort rows."""
_SAMPLED = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be known of each row beside its words."""

    by: str | None = None
    """Field of the strata."""
    time: str | None = None
    """Field of the date."""
    groups: tuple[str, ...] = ()
    """Fields that keep rows together."""

    @classmethod
    def of(cls, choices: Choices, groups: Sequence[str]) -> "Wanted":
        """Return what these choices need."""
        return cls(by=choices.by, time=choices.time, groups=tuple(groups))


@dataclass(slots=True)
class Usable:
    """The rows of some files that can be split, gathered one by one."""

    salt: bytes
    wanted: Wanted
    words: Shelf
    """What each row says, system turns left out."""
    where: Callable[[int], str] = "row {}".format
    """Names a row for a person."""
    rows: list[SplitRow] = field(default_factory=list)
    left_out: dict[int, str] = field(default_factory=dict)
    """Rows of which an equal one came before, with the reason."""
    grouped: set[str] = field(default_factory=set)
    """Group columns that hold something."""
    present: set[str] = field(default_factory=set)
    """Paths that any row has."""
    _first: dict[bytes, int] = field(default_factory=dict)
    _values: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, path: Path, row: Row, example: Example) -> None:
        """Remember a row, unless an equal one is there."""
        keys = row_keys(example, self.salt)
        if keys.row in self._first:
            same = self.where(self._first[keys.row])
            self.left_out[row.number] = f"duplicate: has the same content as {same}"
            return
        self._first[keys.row] = row.number
        self.words.add(whole(example))
        self.rows.append(
            SplitRow(
                number=row.number,
                line=Stretch(path, row.offset, len(row.raw)),
                keys=keys,
                turns=tuple(_turns_before(example)),
                traits=self._traits(row.value, example),
                date=self._date(row.value),
                groups=tuple(self._groups(row.value)),
            )
        )

    def refuse_missing(self, groups: Sequence[str], *others: "Usable") -> None:
        """Refuse a named field that no row has, nor one of the others', as a slip of the pen."""
        present = self.present.union(*(other.present for other in others))
        for path in (*groups, self.wanted.time):
            if path is not None and path not in present:
                raise missing_field(path)

    def _traits(self, value: object, example: Example) -> Traits:
        by = self.wanted.by
        return Traits(
            label=self._named(value, "label"),
            language=self._named(value, "language"),
            lang=self._named(value, "lang"),
            source=self._named(value, "source"),
            chosen=None if by is None else self._named(value, by),
            answer=self._answer(example),
            script=_script(example),
            length=_length(example),
        )

    def _named(self, value: object, path: str) -> str | None:
        found = field_at(value, path)
        return None if found is None else self._few(path, as_text(found))

    def _few(self, path: str, text: str) -> str:
        """Return a value, the same object for the same text; very many values as one."""
        known = self._values.setdefault(path, {})
        if text not in known and len(known) > MOST_KINDS:
            text = _VERY_MANY
        return known.setdefault(text, text)

    def _answer(self, example: Example) -> str | None:
        answer = normalise(example.reference)
        if len(answer.split()) > LABEL_WORDS:
            return None
        # The key is no path, so that no field can share its values.
        return self._few("", answer)

    def _date(self, value: object) -> str | int | float | None:
        if self.wanted.time is None:
            return None
        found = field_at(value, self.wanted.time)
        if found is not None:
            self.present.add(self.wanted.time)
        return found if isinstance(found, str | int | float) else None

    def _groups(self, value: object) -> Iterator[tuple[str, str]]:
        """Yield the values of each column; a list ties the row to all who have one of them."""
        for column in self.wanted.groups:
            found = field_at(value, column)
            if found is not None:
                self.present.add(column)
            if found:
                self.grouped.add(column)
            values: list[Any] = found if isinstance(found, list) else [found]
            yield from ((column, _exact(one)) for one in values if one is not None)


def gather(into: Usable, path: Path, rows: Iterable[Row], blocked: Mapping[int, str]) -> None:
    """Remember the rows of a file that can be trained on."""
    for row in rows:
        if row.example is not None and row.number not in blocked:
            into.add(path, row, row.example)


def template_of(usable: Usable) -> Template:
    """Return the words that most rows share, whatever the order of the rows."""
    order = sorted(range(len(usable.rows)), key=lambda at: usable.rows[at].keys.norm)
    return find_template(list(Some(usable.words, order[:_SAMPLED])), salt=usable.salt)


def split_rows(
    rows: Sequence[SplitRow], words: Sequence[str], template: Template, folder: Path | None = None
) -> SplitRows:
    """Return the rows as a split compares them."""
    if not template.runs:
        return SplitRows(rows, words)
    said = Shelf(folder)
    for text in words:
        said.add(template.strip(text))
    return SplitRows(rows, said)


def _turns_before(example: Example) -> Iterator[int]:
    """Yield, for each trained answer, how many turns are said before it."""
    said = 0
    for message in example.messages:
        if message.trains:
            yield said
        said += message.role not in SYSTEM_ROLES


def _length(example: Example) -> str:
    """Return the length of what is said, roughly."""
    size = sum(len(message.text) for message in example.messages)
    limit = next((limit for limit in _LENGTHS if size <= limit), None)
    return f"over {_LENGTHS[-1]}" if limit is None else f"to {limit}"


def _script(example: Example) -> str:
    """Return the script that most letters at the beginning of each turn are written in."""
    found: Counter[str] = Counter()
    for message in example.messages:
        start = message.text[:_LETTERS]
        if start.isascii():
            found["latin"] += len(start)
        else:
            names = (unicodedata.name(c, "?").split(" ")[0] for c in start if c.isalpha())
            found.update(name.lower() for name in names)
    return min(found, key=lambda name: (-found[name], name)) if found.total() else _NO_SCRIPT


def _exact(value: object) -> str:
    """Return a value as text that only an equal value has."""
    return value if isinstance(value, str) else repr(value)
