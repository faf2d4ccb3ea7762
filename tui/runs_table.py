"""The runs as a table: which are shown, in which order, which are marked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text

from tui.job_rows import EMPTY, JobRow
from tui.keymap import bindings
from tui.widgets.record_table import Column, RecordTable, records_of
from tui.widgets.safe_text import safe_text
from tui.wording import sign

ORDERS: tuple[tuple[str, Callable[[JobRow], tuple[bool, float | str]]], ...] = (
    ("newest", lambda row: (False, row.created_at)),
    ("name", lambda row: (False, row.name.lower())),
    ("state", lambda row: (False, row.word)),
    ("best loss", lambda row: (row.best_loss is None, row.best_loss or 0.0)),
    ("time", lambda row: (row.seconds is None, row.seconds or 0.0)),
    ("data", lambda row: (not row.data, row.data)),
)
"""What the list can be sorted by; unknown values come last."""
_NEWEST = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which runs are shown and how."""

    words: str = ""
    """Every one of these words must be in a run's name, id, state, kind or data hash."""
    order: int = _NEWEST
    """Place in `ORDERS`."""
    reverse: bool = False
    marked: tuple[str, ...] = ()
    """Ids, in the order they were marked."""


def chosen(rows: Sequence[JobRow], choice: Choice) -> tuple[JobRow, ...]:
    """Return the rows that fit, in their order."""
    wanted = choice.words.lower().split()
    fit = [row for row in rows if all(word in _words(row) for word in wanted)]
    name, key = ORDERS[choice.order]
    known = [row for row in fit if not key(row)[0]]
    unknown = [row for row in fit if key(row)[0]]
    known.sort(key=key, reverse=choice.reverse != (name == "newest"))
    return (*known, *unknown)


def _words(row: JobRow) -> str:
    """Return what a filter looks at."""
    return " ".join((row.name, row.id, row.word, row.kind, row.data)).lower()


class RunsTable(RecordTable):
    """A list in which rows can be marked."""

    BINDINGS: ClassVar = bindings("runs")


def runs_table(id: str) -> RunsTable:
    """Return an empty table for runs."""
    return RunsTable(
        Column(title="", width=1),
        Column(title="run"),
        Column(title="state", width=10),
        Column(title="progress", width=13, right=True),
        Column(title="best loss", width=9, right=True),
        Column(title="time", width=11, right=True, at_least=70),
        Column(title="left", width=14, right=True, at_least=100),
        Column(title="data", width=8, at_least=80),
        Column(title="phase", width=16, at_least=120),
        Column(title="newest event", width=12, right=True, at_least=120),
        Column(title="id", width=36, at_least=160),
        empty=EMPTY,
        id=id,
    )


def show_runs(table: RecordTable, rows: Sequence[JobRow], choice: Choice) -> None:
    """Put the runs that are chosen into their table."""
    table.show(records_of([(row.id, _cells(row, choice)) for row in chosen(rows, choice)]))


def _cells(row: JobRow, choice: Choice) -> tuple[Text, ...]:
    """Return one run as cells."""
    glyph, ink = sign(row.word)
    return (
        Text("✓" if row.id in choice.marked else " ", style="accent"),
        safe_text(row.name or row.id, limit=60),
        Text(f"{glyph} {row.word}", style=ink),
        Text(row.how_far),
        Text(row.best),
        Text(row.took),
        Text(row.left),
        safe_text(row.data or "–", limit=8, ink="muted"),
        Text(row.where),
        Text(row.newest, style="muted"),
        Text(row.id, style="muted"),
    )
