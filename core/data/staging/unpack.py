"""Unpacks gzip and zstd as a stream, and stops at damage and at files made to fill a disk."""

import gzip
import io
import sys
import zlib
from typing import IO, TYPE_CHECKING

from core.data.staging.kinds import Packing
from core.errors import DataError
from core.text_safety import visible

if TYPE_CHECKING or sys.version_info < (3, 14):
    from backports import zstd
else:
    from compression import zstd

_BUFFER = 1 << 20
MOST_RATIO = 200
"""Times that rows may grow when unpacked; real text stays below 20, a bomb reaches 1,000."""
UNSUSPECTED = 256 * 1024 * 1024
"""Unpacked bytes below which no ratio is held against a file."""


class _Unpacked(io.RawIOBase):
    """What is inside a packed file; damage and bombs are errors that a person can act on."""

    def __init__(self, packed: IO[bytes], packing: Packing, name: str) -> None:
        self._packed = packed
        self._name = name
        self._given = 0
        self._inner: IO[bytes] = (
            gzip.GzipFile(fileobj=packed, mode="rb")  # type: ignore[assignment]
            if packing == "gzip"
            else zstd.ZstdFile(packed, "rb")
        )

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        """Fill the buffer and return how many bytes that took."""
        try:
            content = self._inner.read(min(len(buffer), _BUFFER))
        except (EOFError, OSError, zlib.error, zstd.ZstdError) as error:
            raise self._damaged(error) from error
        self._given += len(content)
        if self._given > UNSUSPECTED and self._given > MOST_RATIO * self._packed.tell():
            raise DataError(
                what=f"{visible(self._name)} unpacks to more than {MOST_RATIO} times its size.",
                why="Text of rows never packs so well; such files are made to fill disks.",
                remedy="If you trust it, unpack it yourself and give the unpacked file.",
            )
        buffer[: len(content)] = content
        return len(content)

    def _damaged(self, error: Exception) -> DataError:
        early = isinstance(error, EOFError)
        return DataError(
            what=f"{visible(self._name)} is damaged: it {'ends early' if early else 'is corrupt'}.",
            why=f"After {self._given:,} unpacked bytes: {visible(str(error))}.",
            remedy="Download or pack it again; nothing was read from it.",
        )


def unpacked(packed: IO[bytes], packing: Packing, name: str) -> io.BufferedReader:
    """Return a stream of what is inside."""
    return io.BufferedReader(_Unpacked(packed, packing, name), _BUFFER)
