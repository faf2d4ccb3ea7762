"""Cuts the bytes of a TensorBoard event file into its records.

length 8 | masked crc of length 4 | data | masked crc of data 4
"""

import re
from struct import Struct
from typing import NamedTuple

from core.foreign.crc32c import masked

HEADER = 12
FOOTER = 4
LARGEST = 1 << 16
"""Bytes of a record that may hold scalars; images and histograms are larger and passed over."""
_HEAD = Struct("<QI")
_CHECK = Struct("<I")
_HIGH_ZEROS = b"\0\0\0\0"
"""The upper half of every honest length."""


_ZEROS = re.compile(rb"\0*")


class Cut(NamedTuple):
    """What the bytes hold."""

    records: list[bytes]
    """Data of the whole, undamaged records, in order."""
    used: int
    """Bytes that need not be seen again; more than were given when a large record is jumped."""
    damaged: int
    """Stretches whose checksum is wrong."""
    lost: bool
    """Whether the bytes end inside such a stretch."""


def cut(content: bytes, *, beyond: int, lost: bool = False) -> Cut:
    """Return the records at the start of `content`, which `beyond` more bytes of the file follow.

    A record that is not whole yet is left for the next look. `lost` says that the bytes begin
    inside a damaged stretch that was counted before.
    """
    records: list[bytes] = []
    at, damaged, end = 0, 0, len(content)
    while end - at >= HEADER:
        length, check = _HEAD.unpack_from(content, at)
        if masked(content[at : at + 8]) != check:
            damaged += not lost
            lost = True
            at = _next_header(content, at + 1)
            continue
        lost = False
        after = at + HEADER + length + FOOTER
        if length > LARGEST:
            if after > end + beyond:
                break
            at = after
            continue
        if after > end:
            break
        data = content[at + HEADER : after - FOOTER]
        if masked(data) == _CHECK.unpack_from(content, after - FOOTER)[0]:
            records.append(data)
        else:
            damaged += 1
        at = after
    return Cut(records, at, damaged, lost)


def _next_header(content: bytes, start: int) -> int:
    """Return where the next record may begin, or where to look for it when there is more."""
    last = max(start, len(content) - HEADER + 1)
    at = start
    while True:
        zeros = content.find(_HIGH_ZEROS, at + 4)
        if zeros < 0 or zeros - 4 >= last:
            return last
        at = zeros - 4
        length, check = _HEAD.unpack_from(content, at)
        if length and masked(content[at : at + 8]) == check:
            return at
        # No header is all zeros, so the next one ends behind the first byte that is not.
        at = at + 1 if length else max(at + 1, _zeros_end(content, at) - HEADER + 1)


def _zeros_end(content: bytes, at: int) -> int:
    """Return where the zeros that begin at a place end."""
    found = _ZEROS.match(content, at)
    return found.end() if found else at
