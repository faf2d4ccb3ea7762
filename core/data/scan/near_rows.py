"""Signs the rows of a block, so that near ones are found without comparing all with all."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from core.data.block import Block
from core.data.mapped import let_go
from core.data.near.shingles import Places
from core.data.near.signatures import (
    BINS,
    Signatures,
    signatures_of_turns,
)
from core.data.scan.kept import KeptArray
from core.data.scan.word_hashes import signatures_of_texts

_FOREIGN: Final = 128
_HELD: Final = 1 << 25
"""Bytes of signatures that are held where there are no more."""
_READ: Final = 1 << 23
"""Bytes of more that are read before they are let go of."""
EMPTY_SIGNATURES: Final[Signatures] = np.empty((0, BINS), dtype=np.uint32)


class KeptSignatures:
    """Signatures of a whole file: they are four times as large as all else that is kept of a row.

    Those on disk are let go of while they are read, so that memory holds a part at a time.
    """

    def __init__(self, kept: KeptArray) -> None:
        self._kept = kept
        self._rows: Signatures = kept.whole()
        self._read = 0

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._rows)

    def __getitem__(self, rows: Places | slice) -> Signatures:
        """Return some of them."""
        if not isinstance(rows, slice):
            return self._rows[rows] if self._rows.nbytes <= _HELD else self._kept.some(rows)
        if self._read > _READ and self._rows.nbytes > _HELD:
            let_go(self._rows)
            self._read = 0
        found = self._rows[rows]
        self._read += found.nbytes
        return found


def signatures_of(block: Block) -> Signatures:
    """Return the signature of what is said in each row, system turns left out."""
    firsts = block.firsts
    found = signatures_of_turns(block.compared.hashes, firsts, block.framing)
    if not block.is_ascii:
        foreign = np.flatnonzero(np.frombuffer(block.text, np.uint8) >= _FOREIGN)
        turns = np.searchsorted(block.starts, foreign, side="right") - 1
        rows = np.unique(np.searchsorted(firsts, turns, side="right") - 1)
        found[rows] = signatures_of_texts(said_in(block, rows.tolist()))
    return found


def said_in(block: Block, rows: Iterable[int]) -> list[str]:
    """Return what is said in some rows, with a NUL between two turns."""
    framing = block.framing.tolist()
    return [
        b"\0".join([block.said(place) for place in block.turns(row) if not framing[place]]).decode()
        for row in rows
    ]
