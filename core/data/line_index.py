"""Where each line of a file begins, so that any row is read again without reading the file."""

import os
from array import array
from pathlib import Path
from typing import Final

from core.data.lines import LONGEST_LINE
from core.data.rows import Row
from core.data.shapes.shape import Shape
from core.data.sources import to_row
from core.storage import storage_error

_NEWLINE: Final = b"\n"
_SHOWN: Final = 1 << 22
"""Bytes of a line that are read to show it."""


class LineIndex:
    """The lines of a file that were read so far, by their numbers from 1: eight bytes a line."""

    def __init__(self, path: Path, *, usual: Shape | None = None) -> None:
        self._path = path
        self._usual = usual
        self._starts = array("Q")
        self.end = 0
        """The byte after the last line."""

    def __len__(self) -> int:
        """Return how many lines are known."""
        return len(self._starts)

    def extend(self, lines: bytes) -> None:
        """Note the lines that come next in the file, whole ones."""
        import numpy as np

        ends = np.flatnonzero(np.frombuffer(lines, dtype=np.uint8) == _NEWLINE[0]) + 1
        starts = np.concatenate(([0], ends[ends < len(lines)])).astype(np.uint64)
        self._starts.frombytes((starts + np.uint64(self.end)).tobytes())
        self.end += len(lines)

    def skip(self, length: int) -> None:
        """Note one line of which only the length is known."""
        self._starts.append(self.end)
        self.end += length

    def line(self, number: int) -> bytes:
        """Return a line without its end; of a very long one the beginning."""
        return self._read(number, _SHOWN)

    def row(self, number: int) -> Row:
        """Return what a line holds."""
        start = self._starts[number - 1]
        raw = self._read(number, LONGEST_LINE)
        return to_row(raw, number=number, offset=start, usual=self._usual)

    def _read(self, number: int, most: int) -> bytes:
        """Return at most this much of a line."""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else self.end
        try:
            with self._path.open("rb", buffering=0) as file:
                return os.pread(file.fileno(), min(end - start, most), start).rstrip(b"\r\n")
        except OSError as error:
            raise storage_error(error, self._path, doing="read the row") from error
