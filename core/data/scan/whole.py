"""What is known when every row was read: what the checks between rows look at."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from core.data.asked import Asked
from core.data.line_index import LineIndex
from core.data.near.signatures import SignatureRows
from core.data.rows import Row
from core.data.scan.columns import Columns
from core.data.scan.near_rows import said_in
from core.data.scan.read_block import read_block

_ROWS_AT_ONCE = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A file after the pass over its rows."""

    columns: Columns
    """Of the readable rows."""
    signatures: SignatureRows | None
    """Of the readable rows; None in a file so small that its rows are read again instead."""
    counts: Counter[str] = field(default_factory=Counter)
    """What the asking check gathered."""
    index: LineIndex
    """Finds any row again."""
    asked: Asked
    lines: int
    """Rows, readable or not."""

    def row(self, number: int) -> Row:
        """Return the row of a line number, read again."""
        return self.index.row(number)

    def said(self, places: Sequence[int]) -> list[str]:
        """Return what is said in readable rows, read again, with a NUL between two turns."""
        said: list[str] = []
        for begin in range(0, len(places), _ROWS_AT_ONCE):
            numbers = self.columns.number[np.array(places[begin : begin + _ROWS_AT_ONCE])].tolist()
            block = read_block(b"\n".join(self.index.lines(numbers)), usual=self.index.usual)
            said += said_in(block, range(len(numbers)))
        return said
