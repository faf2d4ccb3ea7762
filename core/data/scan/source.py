"""Reads a file once, in pieces of whole lines, and hashes and indexes what it read."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from core.data.index import LineIndex

PIECE_BYTES: Final = 1024 * 1024


class Piece(NamedTuple):
    """Lines that follow each other."""

    first: int
    """Number of the first line, from 1."""
    lines: bytes


class Source:
    """A file that is being read."""

    def __init__(self, path: Path, *, piece_bytes: int = PIECE_BYTES) -> None:
        self.index = LineIndex(path)
        self._piece_bytes = piece_bytes
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Return the hash of the bytes read so far."""
        return self._hash.hexdigest()

    def pieces(self, file: BinaryIO) -> Iterator[Piece]:
        """Yield the file's pieces in order."""
        for lines in self._whole_lines(file):
            first = len(self.index) + 1
            self._hash.update(lines)
            self.index.extend(lines)
            yield Piece(first, lines)

    def _whole_lines(self, file: BinaryIO) -> Iterator[bytes]:
        """Yield bytes that end where a line does."""
        held: list[bytes] = []
        while read := file.read(self._piece_bytes):
            cut = read.rfind(b"\n") + 1
            if cut:
                yield b"".join([*held, read[:cut]])
                held = [read[cut:]]
            else:
                held.append(read)
        if rest := b"".join(held):
            yield rest
