"""What would leave for a service: files of rows, what is found in them, what they cost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal, TypeAlias

from core.data.rows import Severity
from core.hosted.spec import PartName

Progress: TypeAlias = Callable[[int, int], None]
"""Takes the bytes that are sent and the bytes in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file of rows in the service's format, ready to leave."""

    name: PartName
    """Which part of the split it is."""
    path: Path
    """Where it lies in the job's folder."""
    rows: int
    """Lines in it."""
    bytes: int
    """Its size."""
    sha256: str
    """Of its bytes."""
    numbers: Sequence[int]
    """For each line the number of its row in the part of the split."""

    @property
    def upload_name(self) -> str:
        """Return the name it has at the service, the same for the same bytes."""
        return f"tuningfork-{self.sha256[:24]}-{self.name}.jsonl"

    def row_of_line(self, line: int) -> int | None:
        """Return the number of the row in a line, both from 1; None where there is none."""
        return self.numbers[line - 1] if 1 <= line <= len(self.numbers) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something in the rows or settings that the service would refuse or drop."""

    severity: Severity
    """A blocker stops before the first byte leaves."""
    message: str
    """What is wrong, safe to show."""
    part: PartName | None = None
    """The file; None when it is about the settings."""
    row: int | None = None
    """Number of the row in its part, from 1; None when it is about the file."""
    remedy: str = ""
    """What to do about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a training will cost, or that nobody knows."""

    tokens: int | None
    """Training tokens over all epochs; None where they cannot be counted."""
    epochs: tuple[float, float]
    """Epochs assumed, low and high."""
    low: Decimal | None = None
    """Least amount; None where no price is known."""
    high: Decimal | None = None
    """Largest amount."""
    currency: str = "USD"
    """ISO 4217."""
    basis: Literal["service", "price_file", "none"] = "none"
    """Who gave the price."""
    source: str = ""
    """Where it was read."""
    as_of: str = ""
    """When the source said so."""
    counted: bool = False
    """Whether the tokens were counted by the model's own tokenizer."""
