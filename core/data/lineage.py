"""Follows rows through cleaning, so that an edited holdout row stays a holdout row."""

from collections.abc import Iterable

from core.data.keys import row_keys
from core.data.sources import to_row


def lineage_of(edits: Iterable[tuple[bytes, bytes]], salt: bytes) -> dict[bytes, bytes]:
    """Return, for lines before and after an edit, which row key became which.

    Edits stand in the order in which they were made, so that chains can be followed. A line that
    is no conversation before or after has no key and no lineage.
    """
    found: dict[bytes, bytes] = {}
    for before, after in edits:
        was, now = (to_row(line, number=1).example for line in (before, after))
        if was is not None and now is not None:
            old, new = row_keys(was, salt).row, row_keys(now, salt).row
            if old != new:
                found[old] = new
    return found
