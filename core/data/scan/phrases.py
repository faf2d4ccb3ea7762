"""Finds phrases in the words of a block: by the hashes of the words, all phrases in one look."""

import sys
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data.kernel.columns import PhraseTable
from core.data.kernel.library import MOST_PHRASES, loaded
from core.data.marks import marks_of
from core.data.near.shingles import Hashes, Places, TurnHashes
from core.data.scan.word_hashes import turn_hashes

_SLOTS: Final = 1 << 16
_TOP: Final = 3 if sys.byteorder == "little" else 0
_QUARTERS: Final = 4


class Phrase(NamedTuple):
    """Words that follow each other, in lower case; between them stand separators only."""

    words: tuple[bytes, ...]
    """Each is whole: a separator stands before and behind it. Three at most."""
    then: bytes = b""
    """How the word behind them begins, in sixteen bytes at most."""


_ASKED_FOR: Final[dict[Phrase, int]] = {}
"""All phrases that checks ever looked for, by their number, so that one look finds all."""


class Phrases:
    """What phrases a text holds."""

    def __init__(self, text: bytes, hashes: TurnHashes) -> None:
        self._text = text
        self._hashes = hashes
        self._looked_for = 0
        self._begun: tuple[Places, Hashes] = (hashes.began[:0], hashes.words[:0])

    def places_of(self, phrases: tuple[Phrase, ...]) -> Places:
        """Return the words with which one of the phrases begins."""
        for phrase in phrases:
            _ASKED_FOR.setdefault(phrase, len(_ASKED_FOR))
        asked = tuple(_ASKED_FOR)
        kernel, words, began = loaded(), self._hashes.words, self._hashes.began
        if kernel is None or len(asked) > MOST_PHRASES:
            return self._places_by_numpy(phrases, frozenset(asked))
        if self._looked_for != len(asked):
            self._begun = kernel.phrases(words, began, self._text, _table(asked))
            self._looked_for = len(asked)
        places, which = self._begun
        wanted = sum(1 << _ASKED_FOR[phrase] for phrase in phrases)
        found: Places = places[(which & np.uint64(wanted)) != 0]
        return found

    def _places_by_numpy(self, phrases: tuple[Phrase, ...], asked: frozenset[Phrase]) -> Places:
        """Return the same without the loops in C; a word stands there once for each phrase."""
        words = self._hashes.words
        if self._looked_for != len(asked):
            likely = _likely(words, self._hashes.began, self._text, _tables(asked))
            self._begun, self._looked_for = (likely, words[likely]), len(asked)
        likely, hashes = self._begun
        places = [
            self._going_on(likely[hashes == _hash_of(phrase.words[0])], phrase)
            for phrase in phrases
        ]
        return np.concatenate(places)

    def _going_on(self, places: Places, phrase: Phrase) -> Places:
        """Return those places of a phrase's first word at which the rest follows."""
        words, began = self._hashes.words, self._hashes.began
        for further, word in enumerate(phrase.words[1:], start=1):
            if not len(places):
                return places
            places = places[places < len(words) - further]
            places = places[words[places + further] == _hash_of(word)]
        further = len(phrase.words)
        if phrase.then and len(places):
            places = places[places < len(words) - further]
            codes, following = np.frombuffer(self._text, np.uint8), began[places + further]
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
    """Return which words may begin a phrase.

    The top bits of a hash tell most words apart, so one look at a table sees all first words, and a
    second one all that may follow them.
    """
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


@lru_cache(maxsize=16)
def _table(phrases: tuple[Phrase, ...]) -> PhraseTable:
    """Return phrases as the loops take them."""
    return PhraseTable.of([(list(map(_hash_of, words)), then) for words, then in phrases])


def _slot_of(word: bytes) -> int:
    """Return the top bits of the hash of a word."""
    return int(_hash_of(word)) >> 48


@lru_cache(maxsize=256)
def _hash_of(word: bytes) -> np.uint64:
    """Return the hash of one word."""
    text = word + b"\0"
    found: np.uint64 = turn_hashes(text, marks_of(text)).words[0]
    return found


def pairs_in(text: bytes, pair: bytes) -> list[int]:
    """Return where a rare pair of bytes stands."""
    if (kernel := loaded()) is not None:
        return kernel.pairs(text, pair)
    codes = np.frombuffer(text, np.uint8)
    found: list[int] = np.flatnonzero((codes[:-1] == pair[0]) & (codes[1:] == pair[1])).tolist()
    return found
