"""Finds the pairs of rows that must stay together beyond what they have in common by name."""

import hashlib
from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from core.data.alike import near_pairs
from core.data.clusters import Union
from core.data.containment import RUN_WORDS, Parts, contained_pairs
from core.data.run_file import RunFile
from core.data.run_hashes import runs_of
from core.data.run_index import TooMuch
from core.data.shelf import Beginnings, beginning
from core.data.split_row import SplitRows
from core.data.telling import Tell, silent

_KEY_BYTES = 16


class Ties(NamedTuple):
    """Pairs of places, each verified; enough of them to tie all that belongs together."""

    pairs: tuple[tuple[int, int], ...]
    compared: bool
    """Whether every row was compared with every other; False where that was too much work."""


class _Texts(NamedTuple):
    """Different texts, each with the first row that has it."""

    cuts: list[tuple[int, int]]
    """The row and how many of its turns."""
    equal: list[tuple[int, int]]
    """Rows that have one of them, with the first that has it."""

    @property
    def owners(self) -> list[int]:
        """Return the first row of each."""
        return [row for row, _ in self.cuts]


def find_ties(rows: SplitRows, tell: Tell = silent) -> Ties:
    """Return the pairs of rows that are near, whose inputs are near, or that hold one another."""
    wholes = _different((text, place, text.count("\0") + 1) for place, text in enumerate(rows.said))
    inputs = _different(
        (beginning(text, turns), place, turns)
        for place, text in enumerate(rows.said)
        for turns in rows.rows[place].turns
    )
    tied = Union(len(rows.rows))
    pairs: list[tuple[int, int]] = []
    for texts, words in ((wholes, "comparing rows"), (inputs, "comparing questions")):
        tell(words, None)
        pairs += texts.equal + _near(rows.said, texts)
    for left, right in pairs:
        tied.tie(left, right)
    tell("looking for rows inside others", None)
    said = RunFile.of(runs_of(rows.said, RUN_WORDS))
    asked = RunFile.of(runs_of(Beginnings(rows.said, inputs.cuts), RUN_WORDS))
    firsts = np.array(wholes.owners, np.int64)
    kinds = (
        Parts(asked, np.arange(len(inputs.cuts)), np.array(inputs.owners, np.int64)),
        Parts(said, firsts, firsts),
    )
    try:
        looking = partial(tell, "looking for rows inside others")
        pairs += contained_pairs(said, kinds, tied, looking)
    except TooMuch:
        return Ties(tuple(pairs), compared=False)
    return Ties(tuple(pairs), compared=True)


def _different(texts: Iterable[tuple[str, int, int]]) -> _Texts:
    """Return the different ones of texts that say something."""
    first: dict[bytes, int] = {}
    found = _Texts([], [])
    for text, row, turns in texts:
        if not text:
            continue
        content = text.encode("utf-8", "surrogatepass")
        key = hashlib.blake2b(content, digest_size=_KEY_BYTES).digest()
        if key not in first:
            first[key] = row
            found.cuts.append((row, turns))
        elif first[key] != row:
            found.equal.append((first[key], row))
    return found


def _near(said: Sequence[str], texts: _Texts) -> list[tuple[int, int]]:
    """Return the pairs of rows with near texts."""
    owners = texts.owners
    pairs = near_pairs(Beginnings(said, texts.cuts))
    return [(owners[left], owners[right]) for left, right in pairs if owners[left] != owners[right]]
