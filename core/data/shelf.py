"""Texts that are compared again and again, kept on disk: memory holds their places only."""

import os
import tempfile
import weakref
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import overload

from core.storage import storage_error

_TURN = "\0"
_WAITING = 1 << 18
"""Bytes that are written together."""


class Shelf(Sequence[str]):
    """Texts in the order in which they were put there.

    Their file has no name, so that nothing of it is left when the process ends, however it ends.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Keep the texts on the disk of a folder; None for that of temporary files."""
        self._place = folder or Path(tempfile.gettempdir())
        try:
            with tempfile.TemporaryFile(dir=folder) as file:
                self._file = os.dup(file.fileno())
        except OSError as error:
            raise storage_error(error, self._place, doing="keep the rows' words") from error
        weakref.finalize(self, os.close, self._file)
        self._starts = array("Q", [0])
        self._waiting = bytearray()
        self._written = 0

    def add(self, text: str) -> None:
        """Put one more text there."""
        content = text.encode("utf-8", "surrogatepass")
        self._waiting += content
        self._starts.append(self._starts[-1] + len(content))
        if len(self._waiting) > _WAITING:
            self._write()

    def _write(self) -> None:
        """Bring to disk what waits."""
        try:
            while self._waiting:
                size = os.pwrite(self._file, self._waiting, self._written)
                self._written += size
                del self._waiting[:size]
        except OSError as error:
            raise storage_error(error, self._place, doing="keep the rows' words") from error

    def __len__(self) -> int:
        """Return how many texts there are."""
        return len(self._starts) - 1

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        """Return a text, or a view of some."""
        if isinstance(at, slice):
            return Some(self, range(*at.indices(len(self))))
        if not 0 <= at < len(self):
            raise IndexError(at)
        start, end = self._starts[at], self._starts[at + 1]
        if end > self._written:
            self._write()
        try:
            content = os.pread(self._file, end - start, start)
        except OSError as error:
            raise storage_error(error, self._place, doing="read the rows' words") from error
        return content.decode("utf-8", "surrogatepass")


class Some(Sequence[str]):
    """Some of the texts of a shelf, in an order of their own."""

    def __init__(self, texts: Sequence[str], places: Sequence[int]) -> None:
        self._texts = texts
        self._places = places

    def __len__(self) -> int:
        """Return how many texts there are."""
        return len(self._places)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        """Return a text, or a view of some."""
        if isinstance(at, slice):
            return Some(self._texts, self._places[at])
        return self._texts[self._places[at]]


class Beginnings(Sequence[str]):
    """The first turns of texts; turns stand apart by NUL."""

    def __init__(self, texts: Sequence[str], cuts: Sequence[tuple[int, int]]) -> None:
        """Take texts, and of each beginning the place of its text and the number of turns."""
        self._texts = texts
        self._cuts = cuts

    def __len__(self) -> int:
        """Return how many beginnings there are."""
        return len(self._cuts)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        """Return a beginning, or a view of some."""
        if isinstance(at, slice):
            return Beginnings(self._texts, self._cuts[at])
        place, turns = self._cuts[at]
        return beginning(self._texts[place], turns)


def beginning(text: str, turns: int) -> str:
    """Return the first turns of a text."""
    return _TURN.join(text.split(_TURN, turns)[:turns]) if turns else ""
