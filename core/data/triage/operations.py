"""What can be done to rows, as it stands in a journal; none of it holds what was taken out."""

from typing import Annotated

import msgspec

_Row = Annotated[int, msgspec.Meta(ge=1)]


class Base(msgspec.Struct, frozen=True, kw_only=True, tag_field="op", omit_defaults=True):
    """What every operation says."""

    reason: str = ""
    """Why, in the words of whoever did it."""


class Keep(Base, frozen=True, kw_only=True, tag="keep"):
    """Leave rows as they are although a check complains."""

    check: str
    """The check that is answered."""
    rows: tuple[_Row, ...]
    """Which rows."""


class Drop(Base, frozen=True, kw_only=True, tag="drop"):
    """Leave rows out of what is written."""

    rows: tuple[_Row, ...]
    """Which rows."""
    check: str = ""
    """The check that asked for it, if one did."""


class Cover(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A stretch of one text that is replaced by a stand-in."""

    text: int
    """Number of the text in its row, names of fields counted."""
    start: int
    """First character that goes, by its place in the text."""
    end: int
    """One past the last."""
    stand_in: str
    """What takes its place, the same for the same value in the whole file."""
    kind: str
    """What it was."""
    mark: str
    """Keyed hash of the value: equal values have equal marks, and nothing can be told from one."""


class Covered(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One row with its covers."""

    row: _Row
    """Which row."""
    covers: tuple[Cover, ...]
    """In the order of the line."""


class Redact(Base, frozen=True, kw_only=True, tag="redact"):
    """Cover personal data and secrets."""

    rows: tuple[Covered, ...]
    """Each row with what is covered in it."""
    rules: str
    """Version of the detectors that found them."""


class Fix(Base, frozen=True, kw_only=True, tag="fix"):
    """Mend rows by a rule that always does the same."""

    fix: str
    """Name of the rule, with its version."""
    rows: tuple[_Row, ...]
    """Which rows."""


class Edit(Base, frozen=True, kw_only=True, tag="edit"):
    """Replace one text of one row by what a person wrote."""

    row: _Row
    """Which row."""
    text: int
    """Number of the text in its row."""
    value: str
    """The new words."""


Change = Keep | Drop | Redact | Fix | Edit
"""What can be undone."""


class Undo(Base, frozen=True, kw_only=True, tag="undo"):
    """Take the operation of this number back."""

    of: int
    """Its number in the journal."""


class Redo(Base, frozen=True, kw_only=True, tag="redo"):
    """Do an operation again that was taken back."""

    of: int
    """Its number in the journal."""


Operation = Change | Undo | Redo


def rows_of(change: Change) -> tuple[int, ...]:
    """Return the rows an operation is about."""
    if isinstance(change, Edit):
        return (change.row,)
    if isinstance(change, Redact):
        return tuple(covered.row for covered in change.rows)
    return change.rows


def words_of(change: Change) -> str:
    """Return what an operation does, for a message: `drop 3 rows`."""
    count = len(rows_of(change))
    rows = "1 row" if count == 1 else f"{count:,} rows"
    match change:
        case Keep():
            return f"keep {rows} despite {change.check}"
        case Fix():
            return f"fix {rows} ({change.fix.partition(':')[0].replace('_', ' ')})"
        case Edit():
            return f"edit row {change.row}"
        case _:
            return f"{'drop' if isinstance(change, Drop) else 'redact'} {rows}"
