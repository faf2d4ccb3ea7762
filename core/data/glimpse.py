"""The first rows of a file as they lie, to be seen before anything was checked."""

import os
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from core.data.lines import lines_of
from core.data.rows import Row
from core.data.sources import line_row, open_file
from core.data.staging.kinds import HEAD_BYTES, UNREADABLE, kind_of_file, packing_of
from core.errors import TuningforkError

ROWS = 60
"""More are on no screen at once."""


class Glimpse(NamedTuple):
    """What one look at the beginning of a file shows."""

    bytes: int
    """Size of the whole file."""
    rows: tuple[Row, ...]
    """The first ones, in order."""


def glimpse_of(path: Path) -> Glimpse | None:
    """Return the first rows of a file of JSON lines.

    None for every other file and for one that cannot be read: whoever opens it says why.
    """
    try:
        with open_file(path) as file:
            head, size = file.read(HEAD_BYTES), os.fstat(file.fileno()).st_size
    except (OSError, TuningforkError):
        return None
    is_text = packing_of(head) is None and not head.startswith(tuple(UNREADABLE))
    if not is_text or kind_of_file(head, path.name) != "jsonl":
        return None
    whole = head if len(head) == size else head[: head.rfind(b"\n") + 1]
    lines = (line for line in lines_of(BytesIO(whole)) if line.raw and line.raw.strip())
    rows = tuple(line_row(line) for line in islice(lines, ROWS))
    return Glimpse(size, rows) if rows else None
