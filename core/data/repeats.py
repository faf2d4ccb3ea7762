"""Finds the keys of a column that stand there twice; most stand alone, so no sort is needed."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.data.kernel.library import loaded

_SLOTS_A_KEY: Final = 2
_AT_ONCE: Final = 1 << 16


def repeated(keys: NDArray[np.uint64] | NDArray[np.uint32]) -> NDArray[np.int64]:
    """Return the places of all keys that stand there twice, and of a few others.

    Keys are hashes of 64 bits, or the first 32 of them.
    """
    half = 32 if keys.dtype == np.uint64 else 0
    first = (keys >> keys.dtype.type(half)).astype(np.uint32)
    if (kernel := loaded()) is not None:
        return kernel.repeated(np.ascontiguousarray(first))
    bits = (_SLOTS_A_KEY * len(first)).bit_length()
    last = np.empty(1 << bits, np.int32)
    for places, slots in _slots(first, bits):
        last[slots] = places
    shared = np.zeros(1 << bits, np.bool_)
    for places, slots in _slots(first, bits):
        shared[slots[last[slots] != places]] = True
    found = [places[shared[slots]] for places, slots in _slots(first, bits)]
    return np.concatenate([*found, np.empty(0, np.int32)]).astype(np.int64)


def _slots(
    keys: NDArray[np.uint32], bits: int
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.uint32]]]:
    """Yield the first bits of keys, a part at a time, and where these keys stand."""
    for begin in range(0, len(keys), _AT_ONCE):
        some = keys[begin : begin + _AT_ONCE]
        slots = some >> np.uint32(32 - bits)
        yield np.arange(begin, begin + len(some), dtype=np.int32), slots
