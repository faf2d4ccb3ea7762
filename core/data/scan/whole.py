"""What is known when every row was read: what the checks between rows look at."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from core.data.asked import Asked
from core.data.near.signatures import Signatures
from core.data.rows import Row
from core.data.scan.columns import Columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A file after the pass over its rows."""

    columns: Columns
    """Of the readable rows."""
    signatures: Signatures | None
    """Of the readable rows; None in a file so small that its rows are read again instead."""
    counts: Counter[str] = field(default_factory=Counter)
    """What the asking check gathered."""
    row: Callable[[int], Row]
    """Reads the row of a line number again."""
    asked: Asked
    lines: int
    """Rows, readable or not."""
