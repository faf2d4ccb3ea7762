"""A row as a split sees it: where it stands, its names, what sorts it; its words lie elsewhere."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from core.data.keys import RowKeys


class Stretch(NamedTuple):
    """Where a line stands, so that it is read again instead of being held."""

    path: Path
    start: int
    length: int
    """Without its line end."""


class Traits(NamedTuple):
    """What sorts a row; texts are short, and a field with very many values says only that."""

    label: str | None
    """The field of this name, None where the row has none; the same for the next four."""
    language: str | None
    lang: str | None
    source: str | None
    chosen: str | None
    """The field that was named for the strata."""
    answer: str | None
    """Its answer where that may be a label; None for a long one."""
    script: str
    length: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRow:
    """One usable row."""

    number: int
    """Line number in its file."""
    line: Stretch
    keys: RowKeys
    turns: tuple[int, ...]
    """For each trained answer: how many turns are said before it, system turns left out."""
    traits: Traits
    date: str | int | float | None = None
    """The field that holds its date; None where it has none."""
    groups: tuple[tuple[str, str], ...] = ()
    """Group column and value, as the user wants them kept together."""

    def names(self) -> Iterator[tuple[str, bytes | str]]:
        """Yield everything that ties this row to each row that has it too."""
        yield "norm", self.keys.norm
        for key in self.keys.inputs:
            yield "input", key
        for column, value in self.groups:
            yield f"group {column}", value


class SplitRows(NamedTuple):
    """Rows and their words."""

    rows: Sequence[SplitRow]
    said: Sequence[str]
    """What is compared, one text a row: normalised words without those that most rows share.

    Turns stand apart by NUL."""


def read_lines(rows: Sequence[SplitRow]) -> Iterator[bytes]:
    """Yield the lines of rows as they stand in their files."""
    files: dict[Path, int] = {}
    try:
        for row in rows:
            path, start, length = row.line
            if path not in files:
                files[path] = os.open(path, os.O_RDONLY)
            yield os.pread(files[path], length, start)
    finally:
        for descriptor in files.values():
            os.close(descriptor)
