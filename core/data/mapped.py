"""Gives back the memory of arrays that lie on disk and are mapped."""

import mmap
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray


def let_go(array: NDArray[Any]) -> None:
    """Give back the memory of an array that lies on disk; it is read again when it is needed."""
    owner: object = array
    while isinstance(owner, np.ndarray):
        owner = owner.base
    if isinstance(owner, memoryview):
        owner = owner.obj
    if isinstance(owner, mmap.mmap):
        with suppress(AttributeError, OSError):
            owner.madvise(mmap.MADV_DONTNEED)
