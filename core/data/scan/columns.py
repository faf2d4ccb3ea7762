"""What is kept of every row: fixed-size columns by which rows of the whole file are compared."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.data.mapped import let_go
from core.data.repeats import repeated
from core.data.scan.kept import KeptArray

Keys = NDArray[np.uint64]
"""Equal for equal rows. Hashes: two of a million rows share one by chance in one file of thirty
million.
"""

_AT_ONCE: Final = 1 << 17
_PLACES_AT_ONCE: Final = 1 << 14
T = TypeVar("T", bound=np.generic)

Some = slice | NDArray[np.int64]
"""Which rows or answers, by their places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The readable rows of a file or of a part of it, in file order."""

    number: NDArray[np.int64]
    """Line number in the source."""
    raw: Keys
    """Hash of the line's bytes."""
    content: Keys
    """Hash of messages and tools as canonical JSON, Unicode composed."""
    spoken: Keys
    """Hash of all words: case, width and spaces aside, system turns left out."""
    frame: Keys
    """Hash of the words of the system turns; 0 where there are none."""
    kind: NDArray[np.uint8]
    """How content is written, first way first: 0 nowhere, 1 text, 2 list, 3 text and list, 4 list
    and text."""
    size: NDArray[np.int64]
    """UTF-8 bytes of text in all turns."""
    turns: NDArray[np.int32]
    """How many turns the row has."""
    licensed: NDArray[np.bool_]
    """Whether a licence stands beside the messages."""
    target_row: NDArray[np.int64]
    """Of each trained answer: its row's place in these columns."""
    target_input: Keys
    """Hash of the words before it, system turns left out; 0 where there are none."""
    target_answer: Keys
    """Hash of its own words."""
    target_short: NDArray[np.bool_]
    """Whether it has so few words that it is a label."""

    @property
    def rows(self) -> int:
        """Return how many rows there are."""
        return len(self.number)

    def let_go(self) -> None:
        """Give back the memory of those that lie on disk, until they are read again."""
        for field in fields(self):
            let_go(getattr(self, field.name))

    def repeated(self, count: int, keys: Callable[[slice], Keys]) -> NDArray[np.int64]:
        """Return the places of all keys that stand twice among so many, and of a few others.

        `keys` makes a part of them at a time, so that no more of these columns takes memory.
        """
        first = np.empty(count, np.uint32)
        for begin in range(0, count, _AT_ONCE):
            some = slice(begin, begin + _AT_ONCE)
            first[some] = keys(some) >> np.uint64(32)
            self.let_go()
        return repeated(first)

    def taken(self, places: NDArray[np.int64], values: Callable[[Some], NDArray[T]]) -> NDArray[T]:
        """Return the values at places in order, read a part at a time as `repeated` does."""
        parts = [values(places[:0])]
        for begin in range(0, len(places), _PLACES_AT_ONCE):
            parts.append(values(places[begin : begin + _PLACES_AT_ONCE]))
            self.let_go()
        return np.concatenate(parts)

    def words(self, some: Some) -> Keys:
        """Return keys of all words of some rows, system turns included."""
        return mixed(self.frame[some], self.spoken[some])

    def target_framed(self, some: Some) -> Keys:
        """Return keys of the words before some of the answers, system turns included."""
        return mixed(self.frame[self.target_row[some]], self.target_input[some])


class GrowingColumns:
    """Columns of parts that follow each other; on disk where they are large."""

    def __init__(self) -> None:
        self._kept = {field.name: KeptArray() for field in fields(Columns)}
        self.rows = 0
        """How many rows there are."""

    def add(self, part: Columns) -> None:
        """Add the rows that come next."""
        for name, kept in self._kept.items():
            new = getattr(part, name)
            kept.add(new + self.rows if name == "target_row" else new)
        self.rows += part.rows

    def columns(self) -> Columns:
        """Return all of them; at least one part was added, and none is after."""
        return Columns(**{name: kept.whole() for name, kept in self._kept.items()})


def joined(parts: Sequence[Columns]) -> Columns:
    """Return the columns of parts that follow each other; at least one."""
    growing = GrowingColumns()
    for part in parts:
        growing.add(part)
    return growing.columns()


def firsts(keys: Keys) -> NDArray[np.int64]:
    """Return, for each key, the place of the first one equal to it."""
    first = np.arange(len(keys))
    places = repeated(keys)
    order = np.argsort(keys[places], kind="stable")
    places = places[order]
    sorted_keys = keys[places]
    heads = np.arange(len(places))
    heads[1:][sorted_keys[1:] == sorted_keys[:-1]] = 0
    first[places] = places[np.maximum.accumulate(heads)]
    return first


def mixed(left: Keys, right: Keys) -> Keys:
    """Return one key for each pair of keys."""
    key: Keys = left ^ np.uint64(0x9E3779B97F4A7C15)
    key *= np.uint64(0xD6E8FEB86659FD93)
    key ^= key >> np.uint64(32)
    key *= np.uint64(0xD6E8FEB86659FD93)
    key += right
    return key
