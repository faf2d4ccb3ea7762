"""Reads the few fields of a TensorBoard event that hold a scalar, and passes over the rest."""

from collections.abc import Iterator
from struct import unpack
from typing import NamedTuple, TypeAlias

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FLOAT, _DOUBLE = 1, 2
"""TensorFlow's numbers for the types of a tensor's values."""
_VARINT_BYTES = 10

_Field: TypeAlias = tuple[int, int, int | bytes]


class Scalar(NamedTuple):
    """One value of one curve."""

    tag: str
    value: float
    """NaN and infinities are kept as they were written."""


class TfEvent(NamedTuple):
    """What one record says."""

    wall_time: float
    """Seconds since the epoch."""
    step: int
    scalars: tuple[Scalar, ...]


class NotAnEvent(ValueError):
    """The bytes are not such a message."""


def read_event(data: bytes) -> TfEvent:
    """Return the scalars of a record; NotAnEvent where the bytes make no sense."""
    wall_time, step = 0.0, 0
    scalars: list[Scalar] = []
    for number, wire, value in _fields(data):
        if number == 1 and wire == _FIXED64:
            (wall_time,) = unpack("<d", _part(value))
        elif number == 2 and wire == _VARINT:
            step = _signed(value)
        elif number == 5 and wire == _BYTES:
            scalars += _summary(_part(value))
    return TfEvent(wall_time, step, tuple(scalars))


def _summary(data: bytes) -> Iterator[Scalar]:
    for number, wire, value in _fields(data):
        if number == 1 and wire == _BYTES:
            found = _value(_part(value))
            if found is not None:
                yield found


def _value(data: bytes) -> Scalar | None:
    """Return tag and value; None for what is no scalar."""
    tag = ""
    found: float | None = None
    for number, wire, value in _fields(data):
        if number == 1 and wire == _BYTES:
            tag = _part(value).decode(errors="replace")
        elif number == 2 and wire == _FIXED32:
            (found,) = unpack("<f", _part(value))
        elif number == 8 and wire == _BYTES:
            found = _tensor(_part(value))
    return None if found is None or not tag else Scalar(tag, found)


def _tensor(data: bytes) -> float | None:
    """Return the value of a tensor that holds exactly one; None for every other."""
    kind = 0
    floats = doubles = content = b""
    for number, wire, value in _fields(data):
        if number == 1 and wire == _VARINT:
            kind = _signed(value)
        elif number == 4 and wire == _BYTES:
            content = _part(value)
        elif number == 5 and wire in {_BYTES, _FIXED32}:
            floats += _part(value)
        elif number == 6 and wire in {_BYTES, _FIXED64}:
            doubles += _part(value)
    if kind == _FLOAT and len(one := floats or content) == 4:
        return float(unpack("<f", one)[0])
    if kind == _DOUBLE and len(one := doubles or content) == 8:
        return float(unpack("<d", one)[0])
    return None


def _fields(data: bytes) -> Iterator[_Field]:
    """Yield number, wire type and value of each field of a message."""
    at, end = 0, len(data)
    while at < end:
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, at = _varint(data, at)
            yield number, wire, value
            continue
        if wire == _BYTES:
            length, at = _varint(data, at)
        elif wire in {_FIXED32, _FIXED64}:
            length = 4 if wire == _FIXED32 else 8
        else:
            raise NotAnEvent(f"wire type {wire}")
        if at + length > end:
            raise NotAnEvent("a field is longer than the message")
        yield number, wire, data[at : at + length]
        at += length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number and where it ends."""
    value = 0
    for place, byte in enumerate(data[at : at + _VARINT_BYTES]):
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value, at + place + 1
    raise NotAnEvent("a number without end")


def _signed(value: int | bytes) -> int:
    """Return a number of 64 bits with its sign."""
    whole = int(value) & (1 << 64) - 1 if isinstance(value, int) else 0
    return whole - (1 << 64) if whole >> 63 else whole


def _part(value: int | bytes) -> bytes:
    return value if isinstance(value, bytes) else b""
