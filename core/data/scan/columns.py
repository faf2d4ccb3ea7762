"""What is kept of every row: fixed-size columns by which rows of the whole file are compared."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
"""Equal for equal rows. Hashes of words: two of a million rows share one by chance in one file of
thirty million. Length and check sum: two of equal length share one with a chance of 2^-32.
"""

_LEAST: Final = 1024
_SLOTS_A_KEY: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The readable rows of a file or of a part of it, in file order."""

    number: NDArray[np.int64]
    """Line number in the source."""
    raw: Keys
    """Length and check sum of the line's bytes."""
    content: Keys
    """Length and check sum of messages and tools as canonical JSON, Unicode composed."""
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
    """Length and check sum of its own words."""
    target_short: NDArray[np.bool_]
    """Whether it has so few words that it is a label."""

    @property
    def rows(self) -> int:
        """Return how many rows there are."""
        return len(self.number)

    @property
    def words(self) -> Keys:
        """Return keys of all words, system turns included."""
        return mixed(self.frame, self.spoken)

    @property
    def target_framed(self) -> Keys:
        """Return keys of the words before each answer, system turns included."""
        return mixed(self.frame[self.target_row], self.target_input)


class GrowingColumns:
    """Columns of parts that follow each other, gathered without a second copy of them."""

    def __init__(self) -> None:
        self._held: dict[str, Any] = {}
        self._lengths: dict[str, int] = {}
        self.rows = 0
        """How many rows there are."""

    def add(self, part: Columns) -> None:
        """Add the rows that come next."""
        for field in fields(Columns):
            new = getattr(part, field.name)
            if field.name == "target_row":
                new = new + self.rows
            length = self._lengths.get(field.name, 0)
            held = self._held.setdefault(field.name, np.empty(0, new.dtype))
            if length + len(new) > len(held):
                # Pages that are not written yet take no memory, and a large block is moved as such.
                held.resize(max(_LEAST, 2 * (length + len(new))), refcheck=False)
            held[length : length + len(new)] = new
            self._lengths[field.name] = length + len(new)
        self.rows += part.rows

    def columns(self) -> Columns:
        """Return all of them; at least one part was added, and none is after."""
        return Columns(**{name: held[: self._lengths[name]] for name, held in self._held.items()})


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


def repeated(keys: Keys) -> NDArray[np.int64]:
    """Return the places of all keys that stand there twice, and of a few others.

    Most keys stand alone, and one look into a table finds that sooner than a sort.
    """
    bits = (_SLOTS_A_KEY * len(keys)).bit_length()
    slots = (keys >> np.uint64(64 - bits)).view(np.int64)
    places = np.arange(len(keys), dtype=np.int32)
    last = np.empty(1 << bits, np.int32)
    last[slots] = places
    shared = np.zeros(1 << bits, np.bool_)
    shared[slots[last[slots] != places]] = True
    return np.flatnonzero(shared[slots])


def mixed(left: Keys, right: Keys) -> Keys:
    """Return one key for each pair of keys."""
    key: Keys = (left ^ np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xD6E8FEB86659FD93)
    key ^= key >> np.uint64(32)
    return key * np.uint64(0xD6E8FEB86659FD93) + right
