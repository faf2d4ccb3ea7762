"""Applies what a journal adds up to, line by line; the same journal gives the same bytes."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from core.data.triage.fixes import rule_named
from core.data.triage.journal import Step
from core.data.triage.operations import (
    Change,
    Cover,
    Drop,
    Edit,
    Fix,
    Redact,
    rows_of,
)
from core.data.triage.texts import decoded, texts, with_texts
from core.errors import DataError


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done, row by row."""

    changes: dict[int, list[Change]] = field(default_factory=dict)
    """In the order in which they were made, what is covered of this row alone; rows without any
    are not here."""

    @property
    def dropped(self) -> set[int]:
        """Rows that are left out."""
        return {n for n, each in self.changes.items() if any(isinstance(c, Drop) for c in each)}

    def mended(self, row: int, line: bytes) -> bytes | None:
        """Return the line as it is written, None where the row is dropped."""
        for change in self.changes.get(row, ()):
            if isinstance(change, Drop):
                return None
            line = _changed(change, line)
        return line


def plan(steps: Iterable[Step]) -> Plan:
    """Return the changes that count, by row."""
    changes: dict[int, list[Change]] = defaultdict(list)
    for step in steps:
        if isinstance(step.change, Redact):
            for covered in step.change.rows:
                changes[covered.row].append(replace(step.change, rows=(covered,)))
        else:
            for row in rows_of(step.change):
                changes[row].append(step.change)
    return Plan(dict(changes))


def _changed(change: Change, line: bytes) -> bytes:
    """Return a line after one change."""
    match change:
        case Fix():
            return rule_named(change.fix).mend(line)
        case Edit():
            return _with(line, {change.text: change.value})
        case Redact():
            return _covered(line, [cover for each in change.rows for cover in each.covers])
        case _:
            return line


def _covered(line: bytes, covers: Sequence[Cover]) -> bytes:
    """Return a line with stretches of its texts replaced."""
    found = texts(decoded(line))
    replaced: dict[int, str] = {}
    for cover in sorted(covers, key=lambda one: -one.start):
        value = replaced.get(cover.text)
        if value is None:
            if cover.text >= len(found):
                raise _not_there()
            value = found[cover.text].value
        if cover.end > len(value):
            raise _not_there()
        replaced[cover.text] = value[: cover.start] + cover.stand_in + value[cover.end :]
    return _with(line, replaced)


def _with(line: bytes, replaced: dict[int, str]) -> bytes:
    return with_texts(decoded(line), replaced).encode()


def _not_there() -> DataError:
    return DataError(
        what="The journal covers a place that the row does not have.",
        why="The journal belongs to another file.",
        remedy="Use the journal that was made for this file.",
    )
