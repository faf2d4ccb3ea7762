"""Reads a file of rows line by line; no fault stops it, and none is repaired on the way."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from core.data.formats import shape_faults, to_example
from core.data.rows import Fault, Row
from core.data.strict_json import parse_line
from core.errors import DataError
from core.storage import storage_error
from core.text_safety import visible

_COMPRESSED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"PAR1")


def read_rows(path: Path) -> Iterator[Row]:
    """Yield every line that holds something, with its number and everything wrong with it."""
    try:
        with path.open("rb") as file:
            offset = 0
            for number, line in enumerate(file, start=1):
                if number == 1 and line.startswith(_COMPRESSED):
                    raise _not_text(path)
                raw = line.rstrip(b"\r\n")
                if raw.strip():
                    yield to_row(raw, number=number, offset=offset)
                offset += len(line)
    except OSError as error:
        raise _unreadable(error, path) from error


def to_row(raw: bytes, *, number: int, offset: int = 0) -> Row:
    """Return what one line holds."""
    value, faults = parse_line(raw, number)
    shape = [] if _unparsed(faults) else shape_faults(value, number)
    readable = isinstance(value, dict) and not shape and not _unparsed(faults)
    example = to_example(value, number) if readable else None
    return Row(
        number=number,
        offset=offset,
        raw=raw,
        value=value,
        example=example,
        faults=(*faults, *shape),
    )


def _unparsed(faults: list[Fault]) -> bool:
    """Whether a fault of reading left no value."""
    return any(fault.severity is None for fault in faults)


def file_sha256(path: Path) -> str:
    """Return the hash of the file's bytes."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(error, path) from error


def _not_text(path: Path) -> DataError:
    """Return the error for a compressed or columnar file."""
    return DataError(
        what=f"{visible(str(path))} is not a text file of rows.",
        why="It is compressed or columnar; one JSON object a line (JSONL) is read.",
        remedy="Unpack it (`gunzip -k FILE`) or export it as JSONL.",
    )


def _unreadable(error: OSError, path: Path) -> Exception:
    """Return the error for a file that cannot be opened or read."""
    if isinstance(error, FileNotFoundError | NotADirectoryError | IsADirectoryError):
        return DataError(
            what=f"There is no file {visible(str(path))}.",
            why="The path leads nowhere, or to a folder.",
            remedy="Give the path of a JSONL file, one row a line.",
        )
    return storage_error(error, path, doing="read the rows")
