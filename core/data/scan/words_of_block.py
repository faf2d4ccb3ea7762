"""Brings the words of a block into the form in which rows are compared, and hashes them once."""

import sys
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data.block import Block
from core.data.keys import normalise
from core.data.near.shingles import Hashes, Places
from core.data.scan.word_hashes import turn_hashes

_ASCII_SPACES: Final = b"\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f"
_LOWERED: Final = bytes(
    0x20 if byte in _ASCII_SPACES else byte for byte in bytes(range(256)).lower()
)
_SPACE: Final = 32
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

    def __init__(self, text: bytes) -> None:
        self.text = text
        """Every turn as `normalise` has it, each followed by one NUL."""
        self.ends: NDArray[np.int64] = np.flatnonzero(np.frombuffer(text, np.uint8) == 0)
        """Where each turn ends."""
        self.hashes = turn_hashes(text)
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
    found: np.uint64 = turn_hashes(word + b"\0").words[0]
    return found


def words_of(block: Block) -> Words:
    """Return the words of a block."""
    return Words(_normalised(block))


def _normalised(block: Block) -> bytes:
    """Return the words of every turn; `normalise` for whole blocks, where they are ASCII."""
    text = block.text
    if not block.is_ascii:
        turns = text.split(b"\0")
        text = b"\0".join(
            turn if turn.isascii() else normalise(turn.decode()).encode() for turn in turns
        )
    text = text.translate(_LOWERED)
    codes = np.frombuffer(text, np.uint8)
    space, edge = codes == _SPACE, codes <= _SPACE
    if not ((space[:1]).any() or (space[1:] & edge[:-1]).any() or (space[:-1] & edge[1:]).any()):
        return text
    while b"  " in text:
        text = text.replace(b"    ", b" ").replace(b"  ", b" ")
    return text.replace(b" \0", b"\0").replace(b"\0 ", b"\0").removeprefix(b" ")
