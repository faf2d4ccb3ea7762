"""Trained answers without a visible character."""

from collections.abc import Iterator, Sequence

from core.data.checking import Check
from core.data.rows import Fault, Row

CHECK = Check(
    id="empty_answer",
    severity="blocker",
    message="The answer is empty, so the row teaches the model to say nothing.",
    remedy="Write the answer or drop the row.",
)


def find(rows: Sequence[Row]) -> Iterator[Fault]:
    """Yield every trained turn that is blank."""
    for row in rows:
        for place, message in enumerate(row.example.messages if row.example else ()):
            if message.trains and not message.text.strip():
                yield Fault(
                    check=CHECK.id,
                    row=row.number,
                    path=f"messages[{place}].content",
                    message="is empty",
                )
