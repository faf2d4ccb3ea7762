"""Reads a file of rows line by line; no fault stops it, and none is repaired on the way."""

import hashlib
import itertools
import os
import stat
from collections.abc import Iterator
from io import BufferedReader, BytesIO, FileIO
from pathlib import Path

from core.data.formats import Vote, shape_faults, to_example, vote
from core.data.lines import Line, lines_of, too_long
from core.data.rows import Fault, Row
from core.data.shapes.shape import Shape
from core.data.strict_json import parse_line
from core.errors import DataError
from core.storage import storage_error
from core.text_safety import visible

_COMPRESSED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"PAR1")
_ROWS_THAT_VOTE = 100
_BYTES_THAT_VOTE = 4 * 1024 * 1024
_BUFFER = 256 * 1024


def read_rows(path: Path) -> Iterator[Row]:
    """Yield every line that holds something, with its number and everything wrong with it."""
    try:
        with open_file(path) as file:
            usual = _vote(file, path).shape
            file.seek(0)
            for line in lines_of(file):
                if line.raw is None or line.raw.strip():
                    yield line_row(line, usual=usual)
    except OSError as error:
        raise unreadable(error, path) from error


def first_rows(path: Path) -> Vote:
    """Return what the first rows of a JSONL file say about its shape."""
    try:
        with open_file(path) as file:
            return _vote(file, path)
    except OSError as error:
        raise unreadable(error, path) from error


def _vote(file: BufferedReader, path: Path) -> Vote:
    """Return the vote of the first rows, as far as a few megabytes reach."""
    if file.peek(6)[:6].startswith(_COMPRESSED):
        raise _not_text(path)
    head, lines = bytearray(), 0
    while lines <= _ROWS_THAT_VOTE and len(head) < _BYTES_THAT_VOTE:
        more = file.read(_BUFFER)
        if not more:
            break
        head += more
        lines += more.count(b"\n")
    else:
        del head[head.rfind(b"\n") + 1 :]
    raws = (line.raw for line in lines_of(BytesIO(head)) if line.raw and line.raw.strip())
    values = (parse_line(raw, 0)[0] for raw in itertools.islice(raws, _ROWS_THAT_VOTE))
    return vote(value for value in values if value is not None)


def open_file(path: Path) -> BufferedReader:
    """Open a plain file to read; anything else could wait for ever or have no end."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise _no_file(path, mode)
    return BufferedReader(FileIO(descriptor, "rb"), _BUFFER)


def line_row(line: Line, *, usual: Shape | None = None) -> Row:
    """Return what a line holds, also where it was too long to be held itself."""
    if line.raw is not None:
        return to_row(line.raw, number=line.number, offset=line.offset, usual=usual)
    fault = Fault(check="json", row=line.number, message=too_long(line.length))
    return Row(
        number=line.number,
        offset=line.offset,
        raw=b"",
        value=None,
        example=None,
        faults=(fault,),
    )


def to_row(raw: bytes, *, number: int, offset: int = 0, usual: Shape | None = None) -> Row:
    """Return what one line holds; `usual` is the shape that most rows of its file have."""
    value, faults = parse_line(raw, number)
    shape = [] if _unusable(faults) else shape_faults(value, number, usual=usual)
    readable = isinstance(value, dict) and not _unusable(faults) and not _unusable(shape)
    example = to_example(value, number) if readable else None
    return Row(
        number=number,
        offset=offset,
        raw=raw,
        value=value,
        example=example,
        faults=(*faults, *shape),
    )


def _unusable(faults: list[Fault]) -> bool:
    """Whether one of the faults keeps the row from being used."""
    return any(fault.severity is None for fault in faults)


def file_sha256(path: Path) -> str:
    """Return the hash of the file's bytes."""
    try:
        with open_file(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(error, path) from error


def _not_text(path: Path) -> DataError:
    """Return the error for a compressed or columnar file."""
    return DataError(
        what=f"{visible(str(path))} is not a text file of rows.",
        why="It is compressed or columnar; one JSON object a line (JSONL) is read.",
        remedy="Unpack it (`gunzip -k FILE`) or export it as JSONL.",
    )


def _no_file(path: Path, mode: int) -> DataError:
    """Return the error for a folder, a pipe or a device."""
    kinds = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"))
    kind = next((words for is_kind, words in kinds if is_kind(mode)), "a device")
    return DataError(
        what=f"There is no file {visible(str(path))}.",
        why=f"The path leads to {kind}, whose end nobody knows.",
        remedy="Give the path of a file; `-` reads rows from a pipe.",
    )


def unreadable(error: OSError, path: Path) -> Exception:
    """Return the error for a file that cannot be opened or read."""
    shown = visible(str(path))
    if str(error.filename) != str(path):  # a temporary folder that is missing, perhaps
        return storage_error(error, path, doing="read the rows")
    if isinstance(error, FileNotFoundError | NotADirectoryError | IsADirectoryError):
        return DataError(
            what=f"There is no file {shown}.",
            why="The path leads nowhere, or to a folder.",
            remedy="Give the path of a file of rows; a data set of the Hub is hf://owner/name.",
        )
    if isinstance(error, PermissionError):
        return DataError(
            what=f"{shown} may not be read.",
            why="Its permissions, or those of a folder above it, forbid that.",
            remedy="Give yourself permission (`chmod u+r FILE`), or copy it to a folder of yours.",
        )
    return storage_error(error, path, doing="read the rows")
