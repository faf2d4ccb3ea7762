"""A row as a split sees it: where it stood, what it says, its names."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.data.keys import RowKeys
from core.data.rows import Example, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRow:
    """One usable row."""

    row: Row
    """As it was read."""
    example: Example
    """Its conversation."""
    keys: RowKeys
    said: str
    """What is compared: normalised words without those that most rows share."""
    asked: tuple[str, ...]
    """The same of what comes before each trained answer."""
    groups: tuple[tuple[str, str], ...] = ()
    """Group column and value, as the user wants them kept together."""

    def names(self) -> Iterator[tuple[str, bytes | str]]:
        """Yield everything that ties this row to each row that has it too."""
        yield "norm", self.keys.norm
        for key in self.keys.inputs:
            yield "input", key
        for column, value in self.groups:
            yield f"group {column}", value
