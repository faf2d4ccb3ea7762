"""Text as a person reads it: hidden signs out, full-width letters narrow, offsets kept.

A detector that reads bytes only is fooled by a zero-width space inside a token or by full-width
digits. Turns that hold such signs are read a second time in this form.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

_HIDDEN = (
    rb"\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xa4\xa6-\xa9]|\xef\xbb\xbf|\xc2\xad|\xe1\xa0\x8e"
)
_WIDE = rb"\xef\xbc[\x81-\xbf]|\xef\xbd[\x80-\x9e]"
_JOINING = (
    rb"(?<=[0-9)\x99])(?:\xc2\xa0|\xe2\x80[\x87-\x8a\x90-\x93\xaf]|\xe2\x88\x92)(?=[0-9(\xef])"
)
_CHANGED = re.compile(b"(%s)|(%s)|(%s)" % (_HIDDEN, _WIDE, _JOINING))
# First and last sign as three bytes, and whether it tells only behind a digit or bracket.
_RANGES = (
    (0xC2A000, 0xC2A0FF, True),  # no-break space
    (0xC2AD00, 0xC2ADFF, False),  # soft hyphen
    (0xE1A08E, 0xE1A08E, False),
    (0xE28087, 0xE2808A, True),  # spaces of typesetting
    (0xE2808B, 0xE2808F, False),  # zero width
    (0xE28090, 0xE28093, True),  # dashes
    (0xE280AA, 0xE280AE, False),  # direction
    (0xE280AF, 0xE280AF, True),
    (0xE281A0, 0xE281A9, False),
    (0xE28892, 0xE28892, True),  # minus
    (0xEFBBBF, 0xEFBBBF, False),
    (0xEFBC90, 0xEFBC99, False),  # wide digits, letters and the at sign
    (0xEFBCA0, 0xEFBCBA, False),
    (0xEFBD81, 0xEFBD9A, False),
)
_LOWS = np.array([low for low, _, _ in _RANGES], dtype=np.uint32)
_HIGHS = np.array([high for _, high, _ in _RANGES], dtype=np.uint32)
_BESIDE_NUMBER = np.array([beside for _, _, beside in _RANGES])
_NARROW_FROM = 0xFEE0
_DASHES = (b"\xe2\x80\x90", b"\xe2\x80\x91", b"\xe2\x80\x92", b"\xe2\x80\x93", b"\xe2\x88\x92")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """Some turns of a block in their readable form."""

    text: bytes
    """The turns, each followed by one NUL byte."""
    _at: tuple[int, ...]
    """Places in `text` from which on a shift holds."""
    _shifts: tuple[int, ...]
    """What to add to a place in `text` to have the place in the block."""
    _widths: dict[int, int]
    """Bytes in the block of those places in `text` that stand for a wider sign."""

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the stretch of the block that a stretch of the shadow stands for."""
        return self._back(start), self._back(end - 1) + self._widths.get(end - 1, 1)

    def _back(self, place: int) -> int:
        return place + self._shifts[bisect_right(self._at, place) - 1]


def shadow(text: bytes) -> Shadow | None:
    """Return the turns that hide something in readable form, or None where none does."""
    if text.isascii():
        return None
    parts: list[bytes] = []
    at: list[int] = []
    shifts: list[int] = []
    widths: dict[int, int] = {}
    length = done = 0
    for place in _telling(text):
        if place < done:
            continue
        begin = text.rfind(b"\0", done, place) + 1 or done
        stop = text.find(b"\0", place)
        stop = len(text) if stop < 0 else stop
        at.append(length)
        shifts.append(begin - length)
        last = begin
        for change in _CHANGED.finditer(text, begin, stop):
            plain = _plain(change)
            parts += (text[last : change.start()], plain)
            length += change.start() - last
            if plain:
                widths[length] = change.end() - change.start()
                length += 1
            last = change.end()
            at.append(length)
            shifts.append(last - length)
        parts += (text[last:stop], b"\0")
        length += stop - last + 1
        done = min(stop + 1, len(text))
    if not parts:
        return None
    return Shadow(text=b"".join(parts), _at=tuple(at), _shifts=tuple(shifts), _widths=widths)


def _telling(text: bytes) -> list[int]:
    """Return places of signs that change what is read, from one look at all lead bytes at once."""
    codes = np.frombuffer(text, dtype=np.uint8)
    places = np.flatnonzero(codes >= 0xC2)
    places = places[(places > 0) & (places < len(codes) - 2)]
    signs = codes[places].astype(np.uint32) << 16
    signs |= codes[places + 1].astype(np.uint32) << 8
    signs |= codes[places + 2]
    row = np.searchsorted(_LOWS, signs, side="right") - 1
    within = (row >= 0) & (signs <= _HIGHS[row])
    places, row = places[within], row[within]
    number_before = ((codes[places - 1] - 48) < 10) | (codes[places - 1] == 41)
    return [int(place) for place in places[~_BESIDE_NUMBER[row] | number_before]]


def _plain(change: re.Match[bytes]) -> bytes:
    """Return what a reader takes the sign for."""
    sign = change.group()
    if change.lastindex == 1:
        return b""
    if change.lastindex == 2:
        return chr(ord(sign.decode()) - _NARROW_FROM).encode()
    return b"-" if sign in _DASHES else b" "
