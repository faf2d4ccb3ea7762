"""Reads a file once, in pieces of whole lines, and hashes and indexes what it read."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, NamedTuple

from core.data.line_index import LineIndex
from core.data.lines import LONGEST_LINE
from core.data.shapes.shape import Shape

PIECE_BYTES: Final = 768 * 1024
"""As much as a block holds, so that a piece is one."""
_NEWLINE: Final = b"\n"


class Piece(NamedTuple):
    """Lines that follow each other."""

    first: int
    """Number of the first line, from 1."""
    lines: bytes
    """Empty for a single line that was too long to be held."""
    length: int
    """Bytes they have in the file."""
    offset: int
    """Byte of the file that they begin with."""


class Source:
    """A file that is being read."""

    def __init__(
        self, path: Path, *, usual: Shape | None = None, piece_bytes: int | None = None
    ) -> None:
        self.index = LineIndex(path, usual=usual)
        """Where the lines read so far begin."""
        self._piece_bytes = piece_bytes or PIECE_BYTES
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Return the hash of the bytes read so far."""
        return self._hash.hexdigest()

    def pieces(self, file: IO[bytes]) -> Iterator[Piece]:
        """Yield the file's pieces in order."""
        held: list[bytes] = []
        size = 0
        while read := file.read(self._piece_bytes):
            self._hash.update(read)
            end = read.find(_NEWLINE)
            known = end if end >= 0 else len(read)
            if size + known > LONGEST_LINE:
                held.clear()  # free it before more is read
                rest = 1 if end >= 0 else self._skip(file)
                yield self._too_long(size + known + rest)
                read, size = read[known + 1 :], 0
            cut = read.rfind(_NEWLINE) + 1
            if cut:
                yield self._piece(b"".join([*held, read[:cut]]))
                held, size = [], 0
            if cut < len(read):
                held.append(read[cut:])
                size += len(read) - cut
        if last := b"".join(held):
            yield self._piece(last)

    def _piece(self, lines: bytes) -> Piece:
        """Return a piece of whole lines, its lines noted."""
        first, offset = len(self.index) + 1, self.index.end
        self.index.extend(lines)
        return Piece(first, lines, len(lines), offset)

    def _skip(self, file: IO[bytes]) -> int:
        """Return how many bytes the rest of a line had."""
        length = 0
        while read := file.readline(self._piece_bytes):
            self._hash.update(read)
            length += len(read)
            if read.endswith(_NEWLINE):
                break
        return length

    def _too_long(self, length: int) -> Piece:
        """Return the piece of a line that is not held."""
        offset = self.index.end
        self.index.skip(length)
        return Piece(len(self.index), b"", length, offset)
