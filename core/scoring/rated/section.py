"""A part of a report: a title over a table, over lines, or over both."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.text_safety import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What a report and a terminal show under one title; names in it are not yet safe to show."""

    title: str
    """What it is about."""
    head: tuple[str, ...] = ()
    """Titles of the table's columns; empty where there is no table."""
    rows: tuple[tuple[str, ...], ...] = ()
    """The table."""
    notes: tuple[str, ...] = ()
    """Sentences below it."""

    def lines(self) -> Iterator[str]:
        """Yield it as plain text, safe to show."""
        yield f"{self.title}:"
        table = (self.head, *self.rows) if self.head else ()
        cells = [[visible(cell) for cell in row] for row in table]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        for row in cells:
            padded = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
            yield f"  {'  '.join(padded)}".rstrip()
        for note in self.notes:
            yield f"  {visible(note)}"
