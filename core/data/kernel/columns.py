"""What the loops in C take and give."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Codes = NDArray[np.uint8]


class ChatTurns(NamedTuple):
    """The plain chats among some lines; the first three are of rows, the others of turns."""

    lines: Places
    """Which lines they are, from 0."""
    checks: Hashes
    """Hash of each line."""
    firsts: Places
    """Its first turn; one more entry than there are rows."""
    said: bytes
    """The words of every turn in UTF-8, each followed by a NUL."""
    ends: Places
    """Where these NULs stand."""
    roles: Codes


class TurnWords(NamedTuple):
    """Turns as they are compared, and their words."""

    text: bytes
    ends: Places
    spaces: Places
    """How many spaces each turn has."""
    turns: Hashes
    firsts: Places
    """The word that each turn begins with, and one more for the end."""
    words: Hashes
    began: Places
    """The byte that each word begins with."""


class SignsOfText(NamedTuple):
    """Where signs stand in a text."""

    places: Places
    codes: Codes
    runs: Places
    """Begin and end of each long run of what tokens may hold, in turn."""
    has_controls: bool
    """Whether a control byte is there that no text needs."""


class RowKeys(NamedTuple):
    """Keys of rows, the first two, and of trained answers."""

    spoken: Hashes
    frame: Hashes
    target_row: Places
    target_input: Hashes
    target_answer: Hashes


class PhraseTable(NamedTuple):
    """Phrases of up to three words and the begin of one more."""

    begins: Codes
    """Number from 1 of the last phrase that begins with a word, by the top bits of its hash."""
    heads: Hashes
    """The hashes of the words, three a phrase."""
    sizes: Places
    """How many words each has."""
    then: Codes
    """How the word behind them begins, sixteen bytes a phrase."""
    then_sizes: Places
    after: Places
    """The phrase before each that begins with such a word, -1 for none."""

    @classmethod
    def of(cls, phrases: Sequence[tuple[Sequence[np.uint64], bytes]]) -> "PhraseTable":
        """Return the table of some phrases, given the hashes of their words and what follows."""
        begins, heads = np.zeros(1 << 16, np.uint8), np.zeros((len(phrases), 3), np.uint64)
        then, after = np.zeros((len(phrases), 16), np.uint8), np.empty(len(phrases), np.int64)
        for place, (words, begin) in enumerate(phrases):
            top = int(words[0]) >> 48
            after[place] = int(begins[top]) - 1
            begins[top] = place + 1
            heads[place, : len(words)] = words
            then[place, : len(begin)] = list(begin)
        return cls(
            begins=begins,
            heads=heads,
            sizes=np.array([len(words) for words, _ in phrases], np.int64),
            then=then,
            then_sizes=np.array([len(begin) for _, begin in phrases], np.int64),
            after=after,
        )
