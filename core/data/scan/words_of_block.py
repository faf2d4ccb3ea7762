"""Brings the words of a block into the form in which rows are compared, and hashes them once."""

from functools import cached_property, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.data.block import Block
from core.data.keys import normalise
from core.data.near.shingles import Hashes, turn_hashes

_ASCII_SPACES: Final = b"\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f"
_LOWERED: Final = bytes(
    0x20 if byte in _ASCII_SPACES else byte for byte in bytes(range(256)).lower()
)
_SPACE: Final = 32
_DROPPED: Final = np.uint64(48)
_SLOTS: Final = 1 << 16


class Words:
    """The words of a block, as two rows are compared by them."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        """Every turn as `normalise` has it, each followed by one NUL."""
        self.ends: NDArray[np.int64] = np.flatnonzero(np.frombuffer(text, np.uint8) == 0)
        """Where each turn ends."""
        self.hashes = turn_hashes(text)

    def may_hold(self, word: bytes) -> bool:
        """Return whether an ASCII turn may hold a word in lower case; False when none does."""
        return bool(self._slots[_slot_of(word)])

    @cached_property
    def _slots(self) -> NDArray[np.bool_]:
        """Return which of the slots that words fall into are taken."""
        taken = np.zeros(_SLOTS, np.bool_)
        taken[_slots_of(self.hashes.words)] = True
        return taken


def _slots_of(words: Hashes) -> Hashes:
    """Return a number below 2^16 for each word."""
    return words >> _DROPPED


@lru_cache(maxsize=256)
def _slot_of(word: bytes) -> int:
    """Return the number of one word."""
    return int(_slots_of(turn_hashes(word + b"\0").words)[0])


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
