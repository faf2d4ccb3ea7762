"""Brings the words of a block into the form in which rows are compared, and hashes them once."""

import sys
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data.block import Block
from core.data.keys import normalise
from core.data.marks import EDGE, ODD_SPACE, Marks, marks_of
from core.data.near.shingles import Hashes, Places
from core.data.scan.word_hashes import turn_hashes

_SPACE, _FIRST_CAPITAL, _CAPITALS, _TO_LOWER = 0x20, 0x41, 26, 5
_SLOTS: Final = 1 << 16
_TOP: Final = 3 if sys.byteorder == "little" else 0
_QUARTERS: Final = 4
_ASKED_FOR: Final[set[bytes]] = set()
"""First words of all phrases that checks ever looked for: one look at a block finds all."""


class Phrase(NamedTuple):
    """Words that follow each other, in lower case; between them stand separators only."""

    words: tuple[bytes, ...]
    """Each is whole: a separator stands before and behind it."""
    then: bytes = b""
    """How the word behind them begins."""


class Words:
    """The words of a block, as two rows are compared by them."""

    def __init__(self, text: bytes, marks: Marks) -> None:
        self.text = text
        """Every turn as `normalise` has it, each followed by one NUL."""
        self.ends: NDArray[np.int64] = marks.ends()
        """Where each turn ends."""
        spaces = np.flatnonzero(marks.which(EDGE) & (marks.codes != 0))
        self.spaces: NDArray[np.int64] = marks.places.take(spaces)
        """Where spaces stand."""
        self.hashes = turn_hashes(text, marks)
        self._looked_for = 0
        self._found: tuple[Places, Hashes] = (self.ends[:0], self.hashes.words[:0])

    def turn_at(self, byte: int) -> int:
        """Return the turn that holds this byte of the text."""
        return int(np.searchsorted(self.ends, byte))

    def turns_with(self, phrases: tuple[Phrase, ...]) -> list[int]:
        """Return the turns that may hold one of the phrases, in order."""
        _ASKED_FOR.update(phrase.words[0] for phrase in phrases)
        likely, hashes = self._likely(len(_ASKED_FOR))
        places = []
        for phrase in phrases:
            first = likely[hashes == _hash_of(phrase.words[0])]
            places.append(self._going_on(first, phrase))
        found = np.concatenate(places)
        turns = np.searchsorted(self.hashes.firsts, found, side="right") - 1
        which: list[int] = np.unique(turns).tolist()
        return which

    def _likely(self, words: int) -> tuple[Places, Hashes]:
        """Return where any of so many words that were ever asked for may stand, and the hashes."""
        if self._looked_for != words:
            # The top bits of a hash tell most words apart, and one look at a table sees them all.
            tops = self.hashes.words.view(np.uint16)[_TOP::_QUARTERS]
            found = np.flatnonzero(_table(frozenset(_ASKED_FOR)).take(tops))
            self._looked_for, self._found = words, (found, self.hashes.words[found])
        return self._found

    def _going_on(self, places: Places, phrase: Phrase) -> Places:
        """Return those places of a phrase's first word at which the rest follows."""
        words, began = self.hashes.words, self.hashes.began
        for further, word in enumerate(phrase.words[1:], start=1):
            places = places[places < len(words) - further]
            places = places[words[places + further] == _hash_of(word)]
        further = len(phrase.words)
        if phrase.then:
            places = places[places < len(words) - further]
        codes = np.frombuffer(self.text, np.uint8)
        for at, letter in enumerate(phrase.then):
            following = began[places + further] + at
            places = places[codes.take(following, mode="clip") == letter]
        return places


@lru_cache(maxsize=16)
def _table(words: frozenset[bytes]) -> NDArray[np.bool_]:
    """Return in which slots these words lie."""
    table = np.zeros(_SLOTS, np.bool_)
    table[[int(_hash_of(word)) >> 48 for word in words]] = True
    return table


@lru_cache(maxsize=256)
def _hash_of(word: bytes) -> np.uint64:
    """Return the hash of one word."""
    text = word + b"\0"
    found: np.uint64 = turn_hashes(text, marks_of(text)).words[0]
    return found


def words_of(block: Block) -> Words:
    """Return the words of a block."""
    text, marks = block.text, block.marks
    if not block.is_ascii:
        text = b"\0".join(
            turn if turn.isascii() else normalise(turn.decode()).encode()
            for turn in text.split(b"\0")
        )
        marks = marks_of(text)
    text = _lowered(text, marks)
    if _is_loose(marks):
        text = _tight(text)
        marks = marks_of(text)
    return Words(text, marks)


def _lowered(text: bytes, marks: Marks) -> bytes:
    """Return a text with ASCII letters in lower case and one kind of space."""
    codes = np.frombuffer(text, np.uint8)
    capitals = (codes - np.uint8(_FIRST_CAPITAL)) < _CAPITALS
    lowered = capitals.view(np.uint8) << np.uint8(_TO_LOWER)
    lowered += codes
    lowered[marks.places_of(ODD_SPACE)] = _SPACE
    return lowered.tobytes()


def _is_loose(marks: Marks) -> bool:
    """Return whether two spaces stand together, or one where a turn begins or ends."""
    places, edge, ends = marks.places, marks.which(EDGE), marks.codes == 0
    if edge[:1].any() and not places[0] and not ends[0]:
        return True
    together = edge[1:] & edge[:-1] & ~(ends[1:] & ends[:-1])
    together &= places[1:] - places[:-1] == 1
    return bool(together.any())


def _tight(text: bytes) -> bytes:
    """Return turns with single spaces between their words, and none around."""
    while b"  " in text:
        text = text.replace(b"    ", b" ").replace(b"  ", b" ")
    return text.replace(b" \0", b"\0").replace(b"\0 ", b"\0").removeprefix(b" ")
