"""Keeps arrays that grow with a file: in memory while they are small, then on disk.

What lies on disk is mapped, so a page of it takes memory only from when it is read until it is let
go of, and the memory of an inspection hardly depends on the size of the file.
"""

import math
import mmap
import os
import tempfile
import weakref
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from core.data.kernel.library import loaded
from core.storage import storage_error

_IN_MEMORY: Final = 1 << 21
"""Bytes of one array that are held before they go to disk."""


class KeptArray:
    """One array, part by part; gone with this object and what was made of it."""

    def __init__(self) -> None:
        self._parts: list[NDArray[Any]] = []
        self._held = 0
        self._file: IO[bytes] | None = None

    def add(self, part: NDArray[Any]) -> None:
        """Add what comes next."""
        self._parts.append(part)
        self._held += part.nbytes
        if self._held > _IN_MEMORY:
            self._write()

    def whole(self) -> NDArray[Any]:
        """Return all of it, to be read only; at least one part was added, and none is after."""
        if self._file is None:
            return np.concatenate(self._parts)
        shape, dtype = self._parts[-1].shape[1:], self._parts[-1].dtype
        self._write()
        self._file.flush()
        mapped = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        return np.frombuffer(mapped, dtype).reshape(-1, *shape)

    def some(self, places: NDArray[np.int64]) -> NDArray[Any]:
        """Return some of an array on disk after `whole`; far rows are read faster than mapped."""
        assert self._file is not None
        empty, file = self._parts[-1], self._file.fileno()
        size = empty.dtype.itemsize * math.prod(empty.shape[1:])
        if (kernel := loaded()) is not None:
            rows = kernel.read_rows(file, size, np.ascontiguousarray(places))
        else:
            rows = b"".join([os.pread(file, size, place) for place in (places * size).tolist()])
        return np.frombuffer(rows, empty.dtype).reshape(-1, *empty.shape[1:])

    def _write(self) -> None:
        """Put what is held on disk."""
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it goes with this object
                weakref.finalize(self, self._file.close)
            for part in self._parts:
                self._file.write(np.ascontiguousarray(part).data)
        except OSError as error:
            place = Path(tempfile.gettempdir())
            raise storage_error(error, place, doing="keep what is known of the rows") from error
        self._parts, self._held = [self._parts[-1][:0]], 0
