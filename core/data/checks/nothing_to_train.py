"""Rows whose every answer is switched off."""

from collections.abc import Iterator, Sequence

from core.data.checking import Check
from core.data.rows import Fault, Row

CHECK = Check(
    id="nothing_to_train",
    severity="blocker",
    message="No turn of the row carries loss, so it trains nothing.",
    remedy="Give an answer weight 1, or drop the row.",
)


def find(rows: Sequence[Row]) -> Iterator[Fault]:
    """Yield every row in which all answers have weight 0."""
    for row in rows:
        if row.example and not any(message.trains for message in row.example.messages):
            yield Fault(check=CHECK.id, row=row.number, message="has weight 0 on every answer")
