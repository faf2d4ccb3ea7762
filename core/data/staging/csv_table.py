"""Turns a table of text (CSV, TSV) into rows, with the line in which each of them begins."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from typing import IO, Any

from core.data.lines import BOM, LONGEST_LINE, lines_of
from core.data.shapes.shape import LISTS
from core.data.staging.kinds import allow_long_fields, delimiter_of
from core.data.staging.source import Kind
from core.data.staging.staged import CopyWriter
from core.data.strict_json import parse_line
from core.errors import DataError
from core.text_safety import clip, visible


def stage_table(
    file: IO[bytes], out: CopyWriter, *, kind: Kind, name: str, longest: int = LONGEST_LINE
) -> None:
    """Write every record below the header as an object; a record that fits none says why."""
    allow_long_fields(longest)
    lines = _Lines(file, longest)
    head = next(lines, "")
    marked = head.startswith("\ufeff")
    head = head.removeprefix("\ufeff")
    reader = csv.reader(_chained(head, lines), delimiter=delimiter_of(head, kind), strict=True)
    columns = _columns(reader, name)
    while True:
        begins = lines.number + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            out.refuse(begins, ("json", "", f"is no record of a table: {error}"))
            continue
        if not fields:
            continue
        if lines.too_long:
            lines.too_long = False
            limit = longest // (1024 * 1024)
            out.refuse(
                begins, ("json", "", f"has a line of more than {limit} MB, which is not read")
            )
            continue
        faults = _faults(fields, columns)
        if faults:
            out.refuse(begins, *faults)
            continue
        value = {
            column: _cell(column, field) for column, field in zip(columns, fields, strict=True)
        }
        if marked:
            out.add(BOM + json.dumps(value, ensure_ascii=False).encode(), begins)
            marked = False
        else:
            out.add_value(value, begins)


class _Lines(Iterator[str]):
    """The lines of a table as text; bytes that are none become half characters."""

    def __init__(self, file: IO[bytes], longest: int) -> None:
        self._lines = lines_of(file, longest=longest)
        self.number = 0
        """Lines given so far."""
        self.too_long = False
        """Whether one of them was left out since this was last looked at."""

    def __next__(self) -> str:
        line = next(self._lines)
        self.number = line.number
        self.too_long |= line.raw is None
        raw = b"?" if line.raw is None else line.raw
        return raw.decode("utf-8", "surrogateescape") + "\n"


def _chained(head: str, lines: Iterator[str]) -> Iterator[str]:
    yield head
    yield from lines


def _columns(reader: Iterator[list[str]], name: str) -> list[str]:
    """Return the names in the header; one without a name is called by its number."""
    try:
        header = next(reader, [])
    except csv.Error as error:
        header = []
        reason = f"Its first record cannot be read: {error}."
    else:
        reason = "Its first line names no columns."
    if any(faulty for field in header for faulty in _text_faults(field)):
        header, reason = [], "Its first line is not text in UTF-8."
    if not any(field.strip() for field in header):
        raise DataError(
            what=f"{visible(name)} is no table.",
            why=reason,
            remedy="Put the names of the columns into the first line.",
        )
    columns = [field.strip() or f"column {n}" for n, field in enumerate(header, start=1)]
    doubled = [column for column, count in Counter(columns).items() if count > 1]
    if doubled:
        raise DataError(
            what=f"{visible(name)} has the column {visible(clip(doubled[0], 60))!r} twice.",
            why="Nothing says which of the two is meant.",
            remedy="Rename one of them in the first line.",
        )
    return columns


def _faults(fields: list[str], columns: list[str]) -> list[tuple[str, str, str]]:
    """Return why a record cannot be taken over, as check, path and message."""
    if len(fields) != len(columns):
        words = f"has {len(fields)} fields where the header has {len(columns)}"
        return [("schema", "", words)]
    return [
        ("encoding", column, message)
        for column, field in zip(columns, fields, strict=True)
        for message in _text_faults(field)
    ]


def _text_faults(field: str) -> list[str]:
    """Return what keeps a field from being text."""
    if "\0" in field:
        return ["holds a NUL byte"]
    if not field.isascii() and any("\ud800" <= one <= "\udfff" for one in field):
        return ["is not UTF-8"]
    return []


def _cell(column: str, field: str) -> Any:
    """Return what a cell holds: text, but for lists written as JSON where rows have lists."""
    if column in LISTS and field[:1] == "[":
        value, faults = parse_line(field.encode(), 0)
        return field if faults or value is None else value
    return field
