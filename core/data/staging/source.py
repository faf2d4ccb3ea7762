"""What an opened source of rows is: lines of JSON, and where each of them comes from."""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from core.data.staging.mapping import Mapping

Kind = Literal["jsonl", "json", "csv", "tsv", "parquet", "arrow", "folder", "hub"]
"""What the rows stood in, once it was unpacked."""
Unit = Literal["line", "row"]
NUMBER = struct.Struct("<q")
"""How a place is kept: eight bytes a row, so that any row's is found by one seek."""


class StagingCancelled(Exception):
    """Somebody asked to stop; what was written is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a row stands in what the person gave us."""

    unit: Unit
    """What is counted: lines as an editor does, or rows of a table."""
    number: int
    """From 1."""
    file: str = ""
    """Which file of a folder; empty where there is one alone. Not yet safe to show."""

    @property
    def words(self) -> str:
        """Return the place in words, as `line 12` or `row 3 of part-0.parquet`."""
        return f"{self.unit} {self.number:,}" + (f" of {self.file}" if self.file else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file of a source."""

    name: str
    """Empty where the source is one file."""
    first: int
    """Its first row among all, from 1."""
    unit: Unit
    """What its places count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Rows that can be read as JSONL, wherever they came from."""

    jsonl: Path
    """The file itself where it is JSONL already, else its staged copy in the cache."""
    original: str
    """What the person named: a path, `-`, or an id with `hf://`. Not yet safe to show."""
    kind: Kind
    """What the rows stood in."""
    sha256: str
    """Of the original's bytes; of the name and revision for a data set of the Hub."""
    staged: bool
    """Whether `jsonl` is a copy that may be pruned."""
    places: Path | None = None
    """Numbers of the rows in the original; None where they are those of the lines."""
    parts: tuple[Part, ...] = (Part(name="", first=1, unit="line"),)
    """The files in their order."""
    mapping: "Mapping | None" = None
    """How columns became turns; None where the rows have a shape of their own."""

    def locate(self, row: int) -> Place:
        """Return where the row of this number stands in the original."""
        part = next(part for part in reversed(self.parts) if part.first <= max(row, 1))
        number = row - part.first + 1
        if self.places is not None:
            with self.places.open("rb") as file:
                file.seek((row - 1) * NUMBER.size)
                content = file.read(NUMBER.size)
            if len(content) == NUMBER.size:
                (number,) = NUMBER.unpack(content)
        return Place(unit=part.unit, number=number, file=part.name)


def _silent(done: int, total: int | None) -> None:
    """Tell nobody."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person may say about a source besides its name."""

    kind: Kind | None = None
    """What it is, where neither name nor content say so."""
    split: str | None = None
    """Which split of a data set; needed where it has several."""
    config: str | None = None
    """Which configuration of a data set of the Hub."""
    revision: str | None = None
    """Which revision of a data set of the Hub."""
    mapping: "Mapping | None" = None
    """How columns become turns; None leaves rows as they are."""
    remembered: Path | None = None
    """Folder of mappings chosen before, used where rows have no known shape."""
    on_progress: Callable[[int, int | None], None] = field(default=_silent, compare=False)
    """Told bytes or rows that are done and their total, None where nobody knows it."""
    cancelled: Callable[[], bool] = field(default=_never, compare=False)
    """Asked now and then whether to stop."""
