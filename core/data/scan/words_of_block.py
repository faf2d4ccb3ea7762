"""Brings the words of a block into the form in which rows are compared, and hashes them once."""

import sys
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data.block import Block
from core.data.kernel.library import loaded
from core.data.keys import normalise
from core.data.marks import CLASSES, EDGE, ODD_SPACE, Marks, marks_of
from core.data.near.shingles import Hashes, Places, TurnHashes
from core.data.scan.word_hashes import turn_hashes

_SPACE, _FIRST_CAPITAL, _CAPITALS = 0x20, 0x41, 26
_SLOTS: Final = 1 << 16
_TOP: Final = 3 if sys.byteorder == "little" else 0
_QUARTERS: Final = 4


class Phrase(NamedTuple):
    """Words that follow each other, in lower case; between them stand separators only."""

    words: tuple[bytes, ...]
    """Each is whole: a separator stands before and behind it."""
    then: bytes = b""
    """How the word behind them begins."""


_ASKED_FOR: Final[set[Phrase]] = set()
"""All phrases that checks ever looked for: one look at a block finds where any may begin."""


class Words:
    """The words of a block, as two rows are compared by them."""

    def __init__(self, text: bytes, ends: Places, spaces: Places, hashes: TurnHashes) -> None:
        self.text = text
        """Every turn as `normalise` has it, each followed by one NUL."""
        self.ends = ends
        """Where each turn ends."""
        self.spaces = spaces
        """How many spaces each turn has."""
        self.hashes = hashes
        self._looked_for = 0
        self._found: tuple[Places, Hashes] = (self.ends[:0], self.hashes.words[:0])

    def turns_holding(self, part: bytes) -> list[int]:
        """Return the turns that hold a part of a word whose last two letters are a rare pair."""
        codes, size = np.frombuffer(self.text, np.uint8), len(part)
        ends = np.flatnonzero((codes[:-1] == part[-2]) & (codes[1:] == part[-1])) + 2
        held = [end for end in ends.tolist() if self.text[max(0, end - size) : end] == part]
        which: list[int] = np.searchsorted(self.ends, held).tolist()
        return which

    def turns_with(self, phrases: tuple[Phrase, ...]) -> list[int]:
        """Return the turns that may hold one of the phrases, in order."""
        _ASKED_FOR.update(phrases)
        likely, hashes = self._likely(len(_ASKED_FOR))
        places = [
            self._going_on(likely[hashes == _hash_of(phrase.words[0])], phrase)
            for phrase in phrases
        ]
        found = np.concatenate(places)
        if not len(found):
            return []
        turns = np.searchsorted(self.hashes.firsts, found, side="right") - 1
        which: list[int] = np.unique(turns).tolist()
        return which

    def _likely(self, phrases: int) -> tuple[Places, Hashes]:
        """Return where any of so many phrases that were ever asked for may begin, and the hashes.

        The top bits of a hash tell most words apart, so one look at a table sees all first words,
        and a second one all that may follow them.
        """
        if self._looked_for != phrases:
            words, began = self.hashes.words, self.hashes.began
            tables = _tables(frozenset(_ASKED_FOR))
            if (kernel := loaded()) is not None:
                found = kernel.likely(words, began, self.text, *tables)
            else:
                found = _likely(words, began, self.text, tables)
            self._looked_for, self._found = phrases, (found, words[found])
        return self._found

    def _going_on(self, places: Places, phrase: Phrase) -> Places:
        """Return those places of a phrase's first word at which the rest follows."""
        words, began = self.hashes.words, self.hashes.began
        for further, word in enumerate(phrase.words[1:], start=1):
            if not len(places):
                return places
            places = places[places < len(words) - further]
            places = places[words[places + further] == _hash_of(word)]
        further = len(phrase.words)
        if phrase.then and len(places):
            places = places[places < len(words) - further]
            codes, following = np.frombuffer(self.text, np.uint8), began[places + further]
            for at in reversed(range(len(phrase.then))):  # its first letter is known already
                kept = codes.take(following + at, mode="clip") == phrase.then[at]
                places, following = places[kept], following[kept]
                if not len(places):
                    break
        return places


class _Tables(NamedTuple):
    """Which phrases may begin with a word, by the top bits of its hash, and go on how."""

    first: NDArray[np.bool_]
    then: NDArray[np.bool_]
    """The second words."""
    alone: NDArray[np.bool_]
    """The words of phrases that are over with the first."""
    letter: NDArray[np.bool_]
    """The first letters of what goes on after a single word."""


def _likely(words: Hashes, began: Places, text: bytes, tables: _Tables) -> Places:
    """Return which words may begin a phrase."""
    tops = words.view(np.uint16)[_TOP::_QUARTERS]
    found = np.flatnonzero(tables.first.take(tops))
    after = np.minimum(found + 1, len(words) - 1)
    letters = np.frombuffer(text, np.uint8).take(began.take(after))
    goes_on = tables.then.take(tops.take(after)) | tables.letter.take(letters)
    likely: Places = found[goes_on | tables.alone.take(tops.take(found))]
    return likely


@lru_cache(maxsize=16)
def _tables(phrases: frozenset[Phrase]) -> _Tables:
    """Return where to look for these phrases."""
    tables = _Tables(*(np.zeros(size, np.bool_) for size in (_SLOTS, _SLOTS, _SLOTS, 256)))
    for phrase in phrases:
        tables.first[_slot_of(phrase.words[0])] = True
        if phrase.words[1:]:
            tables.then[_slot_of(phrase.words[1])] = True
        elif phrase.then:
            tables.letter[phrase.then[0]] = True
        else:
            tables.alone[_slot_of(phrase.words[0])] = True
    return tables


def _slot_of(word: bytes) -> int:
    """Return the top bits of the hash of a word."""
    return int(_hash_of(word)) >> 48


@lru_cache(maxsize=256)
def _hash_of(word: bytes) -> np.uint64:
    """Return the hash of one word."""
    text = word + b"\0"
    found: np.uint64 = turn_hashes(text, marks_of(text)).words[0]
    return found


def words_of(block: Block) -> Words:
    """Return the words of a block."""
    text = block.text
    if not block.is_ascii:
        text = b"\0".join(
            turn if turn.isascii() else normalise(turn.decode()).encode()
            for turn in text.split(b"\0")
        )
    if (kernel := loaded()) is not None:
        found = kernel.words(text, CLASSES)
        hashes = TurnHashes(found.turns, found.words, found.firsts, found.began)
        return Words(found.text, found.ends, found.spaces, hashes)
    return _by_numpy(text, block.marks if text is block.text else marks_of(text))


def _by_numpy(text: bytes, marks: Marks) -> Words:
    """Return the same without the loops in C."""
    text = _lowered(text, marks)
    if _is_loose(marks):
        text = _tight(text)
        marks = marks_of(text)
    return Words(text, marks.ends(), _spaces(marks), turn_hashes(text, marks))


def _spaces(marks: Marks) -> NDArray[np.int64]:
    """Return how many spaces stand in each turn."""
    ends = np.flatnonzero(marks.codes == 0)
    counts = np.zeros(len(ends), np.int64)
    if len(ends):
        is_space = marks.which(EDGE) & (marks.codes != 0)
        begins = np.concatenate(([0], ends[:-1]))
        np.add.reduceat(is_space.view(np.uint8), begins, dtype=np.int64, out=counts)
    return counts


def _lowered(text: bytes, marks: Marks) -> bytes:
    """Return a text with ASCII letters in lower case and one kind of space."""
    codes = np.frombuffer(text, np.uint8)
    capitals = (codes - np.uint8(_FIRST_CAPITAL)) < _CAPITALS
    lowered = np.negative(capitals.view(np.uint8))  # all bits, of which one makes letters small
    lowered &= np.uint8(_SPACE)
    lowered |= codes
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
