"""Which rows of a source can be split, and what each of them is compared by."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from core.data.alike import asked, said, whole
from core.data.checking import blocked_rows
from core.data.fields import field, field_of_any
from core.data.keys import RowKeys, row_keys
from core.data.rows import Example, Row
from core.data.split_row import SplitRow
from core.data.template import Template, find_template


class Usable(NamedTuple):
    """A row that can be trained on, named."""

    row: Row
    example: Example
    keys: RowKeys


def usable_rows(rows: Sequence[Row], salt: bytes) -> tuple[list[Usable], dict[int, str]]:
    """Return the rows that can be split, and why each of the others is left out."""
    left_out = blocked_rows(rows)
    usable: list[Usable] = []
    first: dict[bytes, int] = {}
    for row in rows:
        if row.example is None or row.number in left_out:
            continue
        keys = row_keys(row.example, salt)
        if keys.row in first:
            left_out[row.number] = f"duplicate: has the same content as row {first[keys.row]}"
            continue
        first[keys.row] = row.number
        usable.append(Usable(row, row.example, keys))
    return usable, dict(sorted(left_out.items()))


def template_of(usable: Iterable[Usable], salt: bytes) -> Template:
    """Return the words that most rows share, whatever the order of the rows."""
    ordered = sorted(usable, key=lambda one: one.keys.norm)
    return find_template([whole(one.example) for one in ordered], salt=salt)


def split_rows(
    usable: Sequence[Usable], template: Template, columns: Sequence[str]
) -> list[SplitRow]:
    """Return the rows as a split compares them; a column that no row has is refused."""
    for column in columns:
        field_of_any([one.row for one in usable], column)
    return [
        SplitRow(
            row=one.row,
            example=one.example,
            keys=one.keys,
            said=said(one.example, template),
            asked=tuple(asked(one.example, template)),
            groups=tuple(
                (column, value) for column in columns for value in _values(one.row, column)
            ),
        )
        for one in usable
    ]


def _values(row: Row, column: str) -> list[str]:
    """Return the values of a column; a list ties the row to all who have one of them."""
    found = field(row.value, column)
    values = found if isinstance(found, list) else [found]
    return [_exact(value) for value in values if value is not None]


def _exact(value: object) -> str:
    """Return a value as text that only an equal value has."""
    return value if isinstance(value, str) else repr(value)
