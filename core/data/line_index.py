"""Where each line of a file begins, so that any row is read again without reading the file."""

import os
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from core.data.lines import LONGEST_LINE
from core.data.rows import Row
from core.data.shapes.shape import Shape
from core.data.sources import to_row
from core.storage import storage_error

_SHOWN: Final = 1 << 22
"""Bytes of a line that are read to show it."""


class LineIndex:
    """The lines of a file that were read so far, by their numbers from 1: eight bytes a line."""

    def __init__(self, path: Path, *, usual: Shape | None = None) -> None:
        self._path = path
        self.usual = usual
        """The shape that most rows have; None where it is not known."""
        self._starts = array("Q")
        self.end = 0
        """The byte after the last line."""

    def __len__(self) -> int:
        """Return how many lines are known."""
        return len(self._starts)

    def extend(self, lines: bytes) -> None:
        """Note the lines that come next in the file, whole ones."""
        import numpy as np

        from core.data.line_ends import line_ends

        ends = line_ends(lines)
        starts = ends[ends < len(lines) - 1] + (self.end + 1)
        self._starts.append(self.end)
        self._starts.frombytes(starts.astype(np.uint64).tobytes())
        self.end += len(lines)

    def skip(self, length: int) -> None:
        """Note one line of which only the length is known."""
        self._starts.append(self.end)
        self.end += length

    def line(self, number: int) -> bytes:
        """Return a line without its end; of a very long one the beginning."""
        return self._read((number,), _SHOWN)[0]

    def lines(self, numbers: Sequence[int]) -> list[bytes]:
        """Return some lines without their ends, none of which is too long to be held."""
        return self._read(numbers, LONGEST_LINE)

    def row(self, number: int) -> Row:
        """Return what a line holds."""
        start = self._starts[number - 1]
        raw = self._read((number,), LONGEST_LINE)[0]
        return to_row(raw, number=number, offset=start, usual=self.usual)

    def _read(self, numbers: Sequence[int], most: int) -> list[bytes]:
        """Return at most this much of each line."""
        starts, last = self._starts, len(self._starts)
        borders = [
            (starts[number - 1], starts[number] if number < last else self.end)
            for number in numbers
        ]
        try:
            with self._path.open("rb", buffering=0) as file:
                descriptor = file.fileno()
                return [
                    os.pread(descriptor, min(end - start, most), start).rstrip(b"\r\n")
                    for start, end in borders
                ]
        except OSError as error:
            raise storage_error(error, self._path, doing="read the row") from error
