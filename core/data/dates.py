"""Reads the dates of rows for a split by time."""

from collections.abc import Sequence
from datetime import UTC, datetime

from core.data.split_row import SplitRow
from core.errors import DataError
from core.text_safety import clip, visible

_NAMED = 5
_MILLISECONDS_FROM = 1e11
"""A larger number of seconds lies past the year 5000, so it counts milliseconds."""


def read_dates(rows: Sequence[SplitRow], path: str) -> list[datetime]:
    """Return the date of every row, read from this field; rows without one are refused by name."""
    found = [read_date(row.date) for row in rows]
    undated = [row.number for row, date in zip(rows, found, strict=True) if date is None]
    if undated:
        named = ", ".join(str(number) for number in undated[:_NAMED])
        more = f" and {len(undated) - _NAMED} more" if len(undated) > _NAMED else ""
        raise DataError(
            what=f"{len(undated)} rows have no date in {clip(visible(path), 80)}:"
            f" row {named}{more}.",
            why="A split by time must know of every row whether it is old or new.",
            remedy="Give them a date (2026-05-17, with or without a time), or take them out.",
        )
    return [date for date in found if date is not None]


def read_date(value: object) -> datetime | None:
    """Return a date in ISO form or in seconds since 1970; None when it is neither."""
    try:
        if isinstance(value, str):
            date = datetime.fromisoformat(value.strip())
            return date if date.tzinfo else date.replace(tzinfo=UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = value / 1000 if abs(value) >= _MILLISECONDS_FROM else value
            return datetime.fromtimestamp(seconds, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None
