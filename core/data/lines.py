"""Cuts a file into lines, none of which is held when it is absurdly long."""

from collections.abc import Iterator
from typing import IO, NamedTuple

LONGEST_LINE = 64 * 1024 * 1024
"""Bytes of the longest line that is read; the longest real conversations have a few megabytes."""
BOM = b"\xef\xbb\xbf"
"""The byte order mark that some programs put before the first line of a file in UTF-8."""
_SKIPPED_AT_ONCE = 1024 * 1024


class Line(NamedTuple):
    """One line of a file."""

    number: int
    """From 1, as an editor counts."""
    offset: int
    """Byte at which it begins."""
    length: int
    """Bytes, its line end included."""
    raw: bytes | None
    """Without its line end; None where it was too long to be held."""


def lines_of(file: IO[bytes], *, longest: int = LONGEST_LINE) -> Iterator[Line]:
    """Yield every line from where the file stands."""
    number = offset = 0
    while raw := file.readline(longest + 1):
        number += 1
        length = len(raw)
        kept: bytes | None = raw
        if length > longest and not raw.endswith(b"\n"):
            kept = raw = None  # free it before more is read
            length += _skip_line(file)
        yield Line(number, offset, length, None if kept is None else kept.rstrip(b"\r\n"))
        offset += length


def too_long(length: int, *, longest: int = LONGEST_LINE) -> str:
    """Return why a line or row of so many bytes is not read, in words that follow its number."""
    limit = longest // (1024 * 1024)
    return f"is {length:,} bytes long; more than {limit} MB are not read"


def _skip_line(file: IO[bytes]) -> int:
    """Return how many bytes the rest of the line had."""
    skipped = 0
    while rest := file.readline(_SKIPPED_AT_ONCE):
        skipped += len(rest)
        if rest.endswith(b"\n"):
            break
    return skipped
