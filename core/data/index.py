"""Where each line of a source begins, so that any row is read again without reading the file."""

import os
from array import array
from pathlib import Path
from typing import Final

from core.data.rows import Row
from core.data.sources import to_row

_NEWLINE: Final = b"\n"


class LineIndex:
    """The byte at which every line begins: eight bytes a line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._starts = array("Q", [0])

    def __len__(self) -> int:
        """Return how many lines are known."""
        return len(self._starts) - 1

    @property
    def end(self) -> int:
        """Return the byte after the last known line."""
        return self._starts[-1]

    def extend(self, piece: bytes) -> None:
        """Note the lines of the next bytes of the file; they end with a line, or with the file."""
        import numpy as np

        ends = np.flatnonzero(np.frombuffer(piece, dtype=np.uint8) == _NEWLINE[0]) + 1
        self._starts.frombytes((ends.astype(np.uint64) + np.uint64(self.end)).tobytes())
        if not piece.endswith(_NEWLINE):
            self._starts.append(self.end + len(piece) - (int(ends[-1]) if len(ends) else 0))

    def raw(self, number: int) -> bytes:
        """Return the line of this number, from 1, without its line end."""
        start, end = self._starts[number - 1], self._starts[number]
        with self._path.open("rb", buffering=0) as file:
            return os.pread(file.fileno(), end - start, start).rstrip(b"\r\n")

    def row(self, number: int) -> Row:
        """Return what the line of this number holds."""
        return to_row(self.raw(number), number=number, offset=self._starts[number - 1])
