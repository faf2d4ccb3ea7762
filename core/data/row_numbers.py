"""A set of row numbers that costs one bit a row, so that a finding can name a million of them."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BITS = 8


class RowNumbers(Sequence[int]):
    """Row numbers in order, each once; equal to a tuple of the same ones."""

    __slots__ = ("_before", "_bits", "_first")

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self._bits = bytearray()
        self._first = 0
        """Byte of the whole set at which the bytes begin; a piece of a file starts far inside."""
        self._before: list[int] | None = None
        """How many numbers are up to and in each byte; None until somebody asks for a place."""
        for number in numbers:
            self.add(number)

    def add(self, number: int) -> None:
        """Put one number in; one that is there already changes nothing."""
        byte, bit = divmod(number, _BITS)
        self._reach(byte, byte + 1)
        self._bits[byte - self._first] |= 1 << bit
        self._before = None

    def add_all(self, numbers: "NDArray[np.int64]") -> None:
        """Put many numbers in."""
        import numpy as np

        if not len(numbers):
            return
        first = int(numbers.min()) // _BITS
        there = np.zeros((int(numbers.max()) // _BITS + 1 - first) * _BITS, np.bool_)
        there[numbers - first * _BITS] = True
        made = RowNumbers()
        made._first = first
        made._bits = bytearray(np.packbits(there, bitorder="little").tobytes())
        self.update(made)

    def update(self, other: "RowNumbers") -> None:
        """Put all numbers of another set in."""
        if not other._bits:
            return
        self._reach(other._first, other._first + len(other._bits))
        start = other._first - self._first
        end = start + len(other._bits)
        both = int.from_bytes(self._bits[start:end]) | int.from_bytes(other._bits)
        self._bits[start:end] = both.to_bytes(len(other._bits))
        self._before = None

    def copy(self) -> "RowNumbers":
        """Return a set that goes its own way."""
        made = RowNumbers()
        made._bits, made._first = self._bits[:], self._first
        return made

    def _reach(self, first: int, end: int) -> None:
        """Make room for the bytes from `first` to before `end`."""
        if not self._bits:
            self._first = first
        if first < self._first:
            self._bits[:0] = bytes(self._first - first)
            self._first = first
        self._bits.extend(bytes(max(0, end - self._first - len(self._bits))))

    def _counts(self) -> list[int]:
        if self._before is None:
            self._before = list(accumulate(byte.bit_count() for byte in self._bits))
        return self._before

    def __len__(self) -> int:
        return int.from_bytes(self._bits).bit_count()

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, int):
            return False
        byte, bit = divmod(number, _BITS)
        place = byte - self._first
        return 0 <= place < len(self._bits) and bool(self._bits[place] >> bit & 1)

    @overload
    def __getitem__(self, place: int) -> int: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[int, ...]: ...

    def __getitem__(self, place: int | slice) -> int | tuple[int, ...]:
        if isinstance(place, slice):
            return tuple(self[one] for one in range(*place.indices(len(self))))
        counts = self._counts()
        total = counts[-1] if counts else 0
        at = place + total if place < 0 else place
        if not 0 <= at < total:
            raise IndexError(place)
        byte = bisect_left(counts, at + 1)
        left = at - (counts[byte - 1] if byte else 0)
        bits = [bit for bit in range(_BITS) if self._bits[byte] >> bit & 1]
        return (self._first + byte) * _BITS + bits[left]

    def index(self, value: int, start: int = 0, stop: int | None = None) -> int:
        """Return the place of a number; ValueError where it is not there."""
        if value not in self:
            raise ValueError(value)
        byte, bit = divmod(value, _BITS)
        counts = self._counts()
        here = byte - self._first
        before = counts[here - 1] if here else 0
        place = before + (self._bits[here] & ((1 << bit) - 1)).bit_count()
        if not start <= place < (len(self) if stop is None else stop):
            raise ValueError(value)
        return place

    def __iter__(self) -> Iterator[int]:
        for byte, bits in enumerate(self._bits, start=self._first):
            while bits:
                low = bits & -bits
                yield byte * _BITS + low.bit_length() - 1
                bits ^= low

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RowNumbers | tuple) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]
