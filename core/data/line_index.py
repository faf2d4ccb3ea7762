"""Where each line of a file begins: any row of a large file at once, for 8 bytes a line."""

from array import array
from collections.abc import Callable
from pathlib import Path

from core.storage import storage_error

_CHUNK = 1 << 22
_LONGEST = 1 << 22
"""Bytes of a line that are read to show it."""


class LineIndex:
    """The lines of a file as it was when it was read, by their numbers from 1."""

    def __init__(self, path: Path, starts: "array[int]", size: int) -> None:
        self._path = path
        self._starts = starts
        self._size = size

    def __len__(self) -> int:
        """Return how many lines there are; an empty last one does not count."""
        return len(self._starts)

    @classmethod
    def build(
        cls, path: Path, *, go_on: Callable[[int, int], bool] = lambda _, __: True
    ) -> "LineIndex":
        """Read the file once; `go_on` hears bytes done and in all, and may end it early."""
        starts = array("Q")
        at = 0
        fresh = True
        try:
            with path.open("rb") as file:
                size = path.stat().st_size
                while chunk := file.read(_CHUNK):
                    if fresh:
                        starts.append(at)
                        fresh = False
                    found = chunk.find(b"\n")
                    while found >= 0:
                        after = at + found + 1
                        found = chunk.find(b"\n", found + 1)
                        starts.append(after)
                    at += len(chunk)
                    if starts[-1] == at:
                        starts.pop()
                        fresh = True
                    if not go_on(at, max(at, size)):
                        break
        except OSError as error:
            raise storage_error(error, path, doing="read the rows") from error
        return cls(path, starts, at)

    def line(self, number: int) -> bytes:
        """Return a line without its end; of a very long one the beginning."""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else self._size
        try:
            with self._path.open("rb") as file:
                file.seek(start)
                return file.read(min(end - start, _LONGEST)).rstrip(b"\r\n")
        except OSError as error:
            raise storage_error(error, self._path, doing="read the row") from error
