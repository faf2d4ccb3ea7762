"""Tells what a file holds: by its first bytes where they say so, else by its name."""

import csv
import json
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal

from core.data.lines import BOM

if TYPE_CHECKING:
    from core.data.staging.source import Kind

Packing = Literal["gzip", "zstd"]
_MAGIC: "dict[bytes, Kind]" = {b"PAR1": "parquet", b"ARROW1": "arrow"}
_PACKED: dict[bytes, Packing] = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
UNREADABLE = {
    b"PK\x03\x04": "a zip archive",
    b"BZh": "packed with bzip2",
    b"\xfd7zXZ": "packed with xz",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
    b"SQLite format 3": "a database",
    b"%PDF": "a PDF document",
}
"""First bytes of files that hold rows only after somebody turned them into something else."""
_SUFFIXES: "dict[str, Kind]" = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".parquet": "parquet",
    ".arrow": "arrow",
}
PACKED_SUFFIXES = frozenset({".gz", ".gzip", ".zst", ".zstd"})
DATA_SUFFIXES = frozenset(_SUFFIXES) | {".json"}
HEAD_BYTES = 256 * 1024
"""How much of a file is looked at."""


def packing_of(head: bytes) -> Packing | None:
    """Return how a file is packed, None where it is not."""
    return next((packing for magic, packing in _PACKED.items() if head.startswith(magic)), None)


def data_suffix(name: str) -> str:
    """Return the ending that says what is inside, that of the packing aside."""
    path = PurePath(name.lower())
    return PurePath(path.stem).suffix if path.suffix in PACKED_SUFFIXES else path.suffix


def kind_of_file(head: bytes, name: str) -> "Kind":
    """Return what unpacked content holds; lines of JSON where nothing says otherwise."""
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    suffix = data_suffix(name)
    text = head.removeprefix(BOM).lstrip()
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    if text.startswith(b"[") and not _is_lines(text):
        return "json"
    if text.startswith(b"{"):
        return "jsonl" if _is_lines(text) else "json"
    if suffix == ".json":
        return "json"
    return "jsonl"


def _is_lines(text: bytes) -> bool:
    """Whether the first line is a whole JSON value, and no list of rows."""
    first, found, _ = text.partition(b"\n")
    try:
        value = json.loads(first)
    except (ValueError, RecursionError):
        # A first line that never ends within the head may still be a long row.
        return not found and len(text) >= HEAD_BYTES // 2 and text.startswith(b'{"messages"')
    if isinstance(value, list):
        return not value or not all(isinstance(one, dict) for one in value)
    lists = [name for name, inner in value.items() if _is_rows(inner)]
    return not lists or bool(text.partition(b"\n")[2].strip())


def _is_rows(value: object) -> bool:
    """Whether a field holds a list of rows rather than the turns of one."""
    if not isinstance(value, list) or not value:
        return False
    return all(
        isinstance(one, dict) and not ({"role", "from", "type"} & one.keys()) for one in value
    )


def delimiter_of(header: str, kind: "Kind") -> str:
    """Return what separates the columns of a table whose first line this is."""
    if kind == "tsv":
        return "\t"
    bare = "".join(header.split('"')[::2])
    return max(",;\t|", key=lambda mark: (bare.count(mark), mark == ","))


def allow_long_fields(most: int) -> None:
    """Let the csv reader take fields of this many characters; its own limit is 131,072."""
    if csv.field_size_limit() < most:
        csv.field_size_limit(most)
