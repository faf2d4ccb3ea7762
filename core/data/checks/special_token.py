"""Text that a chat template would take for its own marks."""

import re
from collections.abc import Iterator, Sequence

from core.data.checking import Check
from core.data.rows import Fault, Row

CHECK = Check(
    id="special_token",
    severity="high",
    message="The text holds marks that steer a model; trained on, they end or forge turns.",
    remedy="Escape or remove the mark.",
)
_MARKS = re.compile(
    r"<\|[a-z0-9_]{2,40}\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|</?s>|<(?:bos|eos|pad)>",
    re.IGNORECASE,
)


def find(rows: Sequence[Row]) -> Iterator[Fault]:
    """Yield each turn with a mark, naming the first."""
    for row in rows:
        for place, message in enumerate(row.example.messages if row.example else ()):
            if mark := _MARKS.search(message.text):
                yield Fault(
                    check=CHECK.id,
                    row=row.number,
                    path=f"messages[{place}].content",
                    message=f"holds {mark.group()}",
                )
