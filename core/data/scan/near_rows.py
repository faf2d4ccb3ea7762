"""Signs the rows of a block, so that near ones are found without comparing all with all."""

from typing import Final

import numpy as np

from core.data.block import SYSTEM_ROLES, Block
from core.data.near.shingles import block_of
from core.data.near.signatures import BINS, Signatures, signatures
from core.data.near.words import prepared

EMPTY_SIGNATURES: Final[Signatures] = np.empty((0, BINS), dtype=np.uint32)


def signatures_of(block: Block) -> Signatures:
    """Return the signature of what is said in each row, system turns left out."""
    rows = [_spoken(block, row) for row in range(len(block.numbers))]
    if not block.is_ascii:
        rows = [row if row.isascii() else prepared(row.decode()) for row in rows]
    return signatures(*block_of(rows))


def _spoken(block: Block, row: int) -> bytes:
    """Return the turns of a row that are said, with a border between any two."""
    turns = block.turns(row)
    first = turns.start
    while first < turns.stop and block.roles[first] in SYSTEM_ROLES:
        first += 1
    if SYSTEM_ROLES.isdisjoint(block.roles[first : turns.stop]):
        return (
            block.text[block.starts[first] : block.ends[-1 + turns.stop]]
            if first < turns.stop
            else b""
        )
    said = (place for place in turns if block.roles[place] not in SYSTEM_ROLES)
    return b"\0".join(block.text[block.starts[place] : block.ends[place]] for place in said)
