"""Follows a growing file from an offset and notices when it is another file than before."""

import os
from pathlib import Path
from typing import NamedTuple

_SEAM = 64
"""Bytes before the offset that are compared, so that a file rewritten in place is noticed."""


class Ahead(NamedTuple):
    """What lies after the offset."""

    content: bytes
    beyond: int
    """Bytes of the file after `content`."""
    restarted: bool
    """Whether reading began anew because the file was replaced, shortened or rewritten."""


class Tail:
    """One file's offset; what was consumed is never read again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.changed = 0.0
        """When the file last changed, seconds since the epoch; 0 before it was seen."""
        self.gone = False
        """Whether the file could not be opened at the last look."""
        self._offset = 0
        self._file: tuple[int, int] | None = None
        self._seam = b""

    @property
    def offset(self) -> int:
        """Return where reading goes on."""
        return self._offset

    def ahead(self, limit: int) -> Ahead:
        """Return up to `limit` bytes after the offset."""
        try:
            # Without O_NONBLOCK a pipe of that name would hold the viewer for ever.
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError:
            self.gone = True
            return Ahead(b"", 0, restarted=False)
        try:
            status = os.fstat(descriptor)
            identity = (status.st_dev, status.st_ino)
            seam_at = self._offset - len(self._seam)
            restarted = self._file is not None and (
                self._file != identity
                or status.st_size < self._offset
                or os.pread(descriptor, len(self._seam), seam_at) != self._seam
            )
            if restarted:
                self._offset, self._seam = 0, b""
            self._file, self.changed, self.gone = identity, status.st_mtime, False
            content = os.pread(descriptor, limit, self._offset)
        except OSError:
            self.gone = True
            return Ahead(b"", 0, restarted=False)
        finally:
            os.close(descriptor)
        return Ahead(content, max(0, status.st_size - self._offset - len(content)), restarted)

    def consume(self, content: bytes) -> None:
        """Move past bytes that `ahead` gave."""
        self._offset += len(content)
        self._seam = (self._seam + content[-_SEAM:])[-_SEAM:]

    def jump(self, distance: int) -> None:
        """Move past bytes that nobody wants to see."""
        self._offset += distance
        self._seam = b""


class Lines:
    """The whole lines of a growing file; one without end is passed over and counted."""

    def __init__(self, path: Path, *, chunk: int = 1 << 18, longest: int = 1 << 22) -> None:
        self.tail = Tail(path)
        self.overlong = 0
        """Lines that were too long to be any."""
        self._chunk = chunk
        self._longest = longest
        self._skipping = False

    def read(self) -> "NewLines":
        """Return the lines that became whole since the last call."""
        block = self._chunk
        restarted = False
        while True:
            content, beyond, again = self.tail.ahead(block)
            restarted = restarted or again
            end = content.rfind(b"\n") + 1
            if end or not beyond or block >= self._longest:
                break
            block *= 4
        if restarted:
            self._skipping, self.overlong = False, 0
        if not end:
            if len(content) >= self._longest:
                self.overlong += not self._skipping
                self._skipping = True
                self.tail.consume(content)
            return NewLines([], more=bool(beyond), restarted=restarted)
        self.tail.consume(content[:end])
        lines = content[: end - 1].split(b"\n")
        if self._skipping:
            self._skipping = False
            del lines[0]
        return NewLines(lines, more=beyond > 0, restarted=restarted)


class NewLines(NamedTuple):
    """Lines without their line feeds."""

    lines: list[bytes]
    more: bool
    """Whether another call would bring more at once."""
    restarted: bool
    """Whether the file is another one than before."""
