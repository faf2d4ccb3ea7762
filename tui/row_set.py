"""Which rows of a file a screen goes through, and what is wrong with them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.data.line_index import LineIndex
    from core.data.rows import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSet:
    """Rows to be looked at one by one."""

    source: Path
    """The file they are in."""
    sha256: str
    """Hash of its bytes; "" while they are still being read, and nothing can be changed."""
    index: "LineIndex"
    """Where its lines are."""
    numbers: Sequence[int]
    """Which rows, in order."""
    check: str = ""
    """The check that complains; none when rows are just looked through."""
    faults: "Mapping[int, Sequence[Fault]]" = field(default_factory=dict)
    """What checks say, by row."""
    partner: "Callable[[int], int | None]" = field(default=lambda _: None)
    """Which row of the file a row of the finding is too much like, also where no fault says it."""
    limit: int | None = None
    """Tokens that a row may have; None where nobody asks."""
