"""Cuts a JSON file into its rows without parsing it, so that one broken row spoils no other.

Only brackets and strings are looked at. A row keeps its own bytes, faults included, but for its
line ends; what is wrong inside is explained later, like in any line.
"""

import re
from collections.abc import Iterator
from typing import IO

from core.data.lines import BOM, LONGEST_LINE, too_long
from core.data.shapes.shape import LISTS
from core.data.staging.staged import CopyWriter
from core.errors import DataError
from core.text_safety import clip, visible

_CHUNK = 1 << 20
_PEEK = 4096
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'


def _whole(depth: int) -> bytes:
    """Return a pattern of brackets with at most so many levels of brackets inside."""
    inside = rb'[^"\[\]{}]++|' + _STRING + (b"|" + _whole(depth - 1) if depth else b"")
    return rb"[\[{](?:" + inside + rb")*+[\]}]"


_ELEMENT = re.compile(rb"\s*+" + _whole(4), re.DOTALL)
"""Nearly every row, found in one step; rows that nest deeper are gone through mark by mark."""
_MARK = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["\[\]{},]', re.DOTALL)
_STRING_REST = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_BLANK = re.compile(rb"\s*")
_LINE_ENDS = bytes.maketrans(b"\r\n", b"  ")


def stage_json(file: IO[bytes], out: CopyWriter, *, name: str, longest: int = LONGEST_LINE) -> None:
    """Write every row of a list, of an object's one list, or of values one after the other."""
    _Cutter(file, out, name, longest).run()


class _Cutter:
    """Goes through the file once; holds one row and one chunk."""

    def __init__(self, file: IO[bytes], out: CopyWriter, name: str, longest: int) -> None:
        self._file = file
        self._out = out
        self._name = name
        self._longest = longest
        self._held = bytearray()
        self._row = 0
        """Where the present row begins in what is held."""
        self._start = self._end = 0
        """Where the present mark stands in what is held."""
        self._lost = 0
        """Bytes of a row that became too long to be held."""
        self._lost_line = 0
        """The line in which that row begins."""
        self._line = 1
        self._counted = 0
        """Up to where the line ends of what is held are in `_line`."""
        self._rows = 0
        self._bom = b""

    def run(self) -> None:
        """Read to the end."""
        while not self._held.strip() and self._read():
            pass
        if self._held.startswith(BOM):
            self._bom = BOM
            del self._held[: len(BOM)]
        marks = self._marks()
        if self._held.lstrip().startswith(b"["):
            next(marks)
            self._elements(marks)
            self._behind(marks)
        else:
            self._values(marks)

    def _read(self) -> bool:
        """Hold another chunk, letting go of what is done with; False at the end of the file."""
        self._line += self._held.count(b"\n", self._counted, self._row)
        self._counted = max(self._counted, self._row) - self._row
        del self._held[: self._row]
        self._start, self._end, self._row = self._start - self._row, self._end - self._row, 0
        if len(self._held) > self._longest:
            self._lost_line = self._lost_line or self._line_of_row()
            self._lost += self._end
            self._line += self._held.count(b"\n", self._counted, self._end)
            del self._held[: self._end]
            self._start = self._end = self._counted = 0
        chunk = self._file.read(_CHUNK)
        self._held += chunk
        return bool(chunk)

    def _marks(self) -> Iterator[int]:
        """Yield each bracket, comma and string by its first byte; `_start` and `_end` say where."""
        while True:
            found = _MARK.search(self._held, self._end)
            if found is None:
                self._end = len(self._held)
                if not self._read():
                    return
                continue
            self._start, self._end = found.span()
            mark = self._held[self._start]
            del found  # it keeps what is held from growing
            if mark == ord('"') and self._end - self._start == 1 and not self._end_string():
                return
            yield mark

    def _end_string(self) -> bool:
        """Go to the end of a string that goes on behind what is held; False where it has none."""
        while True:
            found = _STRING_REST.match(self._held, self._end)
            self._end = found.end() if found else self._end
            del found
            here = self._held[self._end : self._end + 1]
            if here == b'"':
                self._end += 1
                return True
            if not self._read():
                return False

    def _elements(self, marks: Iterator[int]) -> None:
        """Write the elements of the list whose bracket was just read, and read its end."""
        depth, self._row, comma = 0, self._end, False
        self._skip_element()
        for mark in marks:
            if mark in b"[{":
                depth += 1
            elif mark in b"]}":
                depth -= 1
                if depth < 0:
                    if not self._emit(self._start) and comma:
                        self._refuse("is missing behind the last comma")
                    self._row = self._end
                    return
            elif mark == ord(",") and depth == 0:
                if not self._emit(self._start):
                    self._refuse("is missing before a comma")
                self._row, comma = self._end, True
                self._skip_element()
        self._refuse("never ends: the file stops inside it or behind its comma")
        self._row = len(self._held)

    def _skip_element(self) -> None:
        """Go behind an element that is wholly held; its brackets need not be counted."""
        found = _ELEMENT.match(self._held, self._end)
        self._end = found.end() if found else self._end

    def _behind(self, marks: Iterator[int]) -> None:
        """Say that something stands behind the list of rows, which no reader would see."""
        for _ in marks:
            pass
        if self._held[self._row :].strip():
            self._refuse("stands behind the end of the list")

    def _values(self, marks: Iterator[int]) -> None:
        """Write values that follow each other; an object whose one list holds rows is opened."""
        depth, key, self._row = 0, "", 0
        for mark in marks:
            if mark == ord('"') and depth == 1:
                key = self._held[self._start + 1 : self._end - 1].decode("utf-8", "replace")
            elif mark == ord("[") and depth == 1 and not self._rows and self._opens_rows(key):
                self._elements(marks)
                self._rest_of_object(marks, key)
                return
            elif mark in b"[{":
                depth += 1
            elif mark in b"]}":
                depth -= 1
                if depth <= 0:
                    depth = 0
                    self._emit(self._end)
                    self._row = self._end
        if depth:
            self._refuse("never ends: the file stops inside it")
        else:
            self._emit(len(self._held))

    def _opens_rows(self, key: str) -> bool:
        """Whether the list that was just opened in an object holds rows."""
        while not self._held[self._end : self._end + _PEEK].strip() and self._read():
            pass
        return key not in LISTS and self._held[self._end :].lstrip()[:1] == b"{"

    def _rest_of_object(self, marks: Iterator[int], listed: str) -> None:
        """Skip what else an object has beside its rows; a second list of rows is refused."""
        depth, key = 1, ""
        for mark in marks:
            self._row = self._end
            if mark == ord('"') and depth == 1:
                key = self._held[self._start + 1 : self._end - 1].decode("utf-8", "replace")
            elif mark == ord("[") and depth == 1:
                raise _two_lists(self._name, listed, key)
            elif mark in b"[{":
                depth += 1
            elif mark in b"]}":
                depth -= 1
                if depth == 0:
                    self._behind(marks)
                    return

    def _emit(self, end: int) -> bool:
        """Write what is held up to here as a row; False where that is nothing."""
        raw = bytes(self._held[self._row : end])
        size = self._lost + len(raw)
        if not size or not (self._lost or raw.strip()):
            return False
        if size > self._longest:
            self._refuse(too_long(size, longest=self._longest))
            return True
        number = self._line_of_row()
        self._rows += 1
        self._out.add(self._bom + raw.strip().translate(_LINE_ENDS), number)
        self._bom = b""
        return True

    def _refuse(self, message: str) -> None:
        """Write that a row cannot be read."""
        self._rows += 1
        self._out.refuse(self._lost_line or self._line_of_row(), ("json", "", message))
        self._lost = self._lost_line = 0

    def _line_of_row(self) -> int:
        """Return the line in which the present row has its first visible byte."""
        blank = _BLANK.match(self._held, self._row)
        begins = blank.end() if blank else self._row
        del blank
        self._line += self._held.count(b"\n", self._counted, begins)
        self._counted = max(self._counted, begins)
        return self._line


def _two_lists(name: str, first: str, second: str) -> DataError:
    """Return the error for a file whose rows nobody can tell from the rest."""
    names = " and ".join(visible(clip(one, 40)) for one in (first, second))
    return DataError(
        what=f"{visible(name)} is an object with more than one list: {names}.",
        why="The rows are in one of them, and nothing says in which.",
        remedy="Save that list alone, or its rows one a line (JSONL).",
    )
