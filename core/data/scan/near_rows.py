"""Signs the rows of a block, so that near ones are found without comparing all with all."""

import os
import tempfile
from collections.abc import Iterable
from typing import Final

import numpy as np

from core.data.block import Block
from core.data.near.lock import SIGNATURE_BYTES
from core.data.near.shingles import Places
from core.data.near.signatures import (
    BINS,
    SignatureRows,
    Signatures,
    signatures_of_turns,
)
from core.data.scan.word_hashes import signatures_of_texts

_FOREIGN: Final = 128
_HELD: Final = 64 * 1024 * 1024
EMPTY_SIGNATURES: Final[Signatures] = np.empty((0, BINS), dtype=np.uint32)


class SignatureFile:
    """Signatures on disk: they are four times as large as all else that is kept of a row.

    They are read as they are needed, and not mapped, so that memory holds a part at a time.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - it goes with this object
        self._rows = 0

    def __len__(self) -> int:
        """Return how many there are."""
        return self._rows

    def __getitem__(self, rows: Places | slice) -> Signatures:
        """Return some of them."""
        file = self._file.fileno()
        if isinstance(rows, slice):
            begin, end, _ = rows.indices(self._rows)
            found = np.empty((end - begin, BINS), np.uint32)
            os.preadv(file, [found.data], begin * SIGNATURE_BYTES)
            return found
        places = (rows * SIGNATURE_BYTES).tolist()
        read = b"".join([os.pread(file, SIGNATURE_BYTES, place) for place in places])
        return np.frombuffer(read, np.uint32).reshape(-1, BINS)

    def rows(self) -> SignatureRows:
        """Return all of them: in memory where they are few, for reading one by one costs more."""
        return self[:] if self._rows * SIGNATURE_BYTES <= _HELD else self

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def add(self, parts: Iterable[Signatures]) -> None:
        """Keep the signatures of the rows that come next."""
        for part in parts:
            self._file.write(part.tobytes())
            self._rows += len(part)


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
