"""Brings the words of a block into the form in which rows are compared, and hashes them once."""

import numpy as np
from numpy.typing import NDArray

from core.data.block import Block
from core.data.kernel.library import loaded
from core.data.keys import normalise
from core.data.marks import CLASSES, EDGE, ODD_SPACE, Marks, marks_of
from core.data.near.shingles import Places, TurnHashes
from core.data.scan.phrases import Phrase, Phrases, pairs_in
from core.data.scan.word_hashes import turn_hashes

_SPACE, _FIRST_CAPITAL, _CAPITALS = 0x20, 0x41, 26


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
        self._phrases = Phrases(text, hashes)

    def turns_holding(self, part: bytes) -> list[int]:
        """Return the turns that hold a part of a word whose last two letters are a rare pair."""
        held = [
            place
            for place in pairs_in(self.text, part[-2:])
            if self.text.endswith(part, max(0, place + 2 - len(part)), place + 2)
        ]
        which: list[int] = np.searchsorted(self.ends, held).tolist()
        return which

    def turns_with(self, phrases: tuple[Phrase, ...]) -> list[int]:
        """Return the turns that may hold one of the phrases, in order."""
        found = self._phrases.places_of(phrases)
        if not len(found):
            return []
        turns = np.searchsorted(self.hashes.firsts, found, side="right") - 1
        which: list[int] = np.unique(turns).tolist()
        return which


def words_of(block: Block) -> Words:
    """Return the words of a block."""
    text = block.text
    if not block.is_ascii:
        text = b"\0".join(
            turn if turn.isascii() else normalise(turn.decode()).encode()
            for turn in text.split(b"\0")
        )
    if (kernel := loaded()) is not None:
        found = kernel.words(text, len(block.starts), CLASSES)
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
