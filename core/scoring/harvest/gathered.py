"""Rows made of a study, with the count of what was left out and why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from core.data.formats import shape_faults
from core.scoring.study.sheet import Turn

Row = dict[str, Any]
"""One line of a JSONL file."""


@dataclass(slots=True)
class Gathered:
    """Rows that our own reader takes, and why the others are none."""

    rows: list[Row] = field(default_factory=list)
    """In the order of the sheet."""
    left_out: Counter[str] = field(default_factory=Counter)
    """How often each reason kept something out."""

    def take(self, row: Row) -> None:
        """Add a row, unless the reader of rows would refuse it."""
        faults = shape_faults(row, 1)
        if faults:
            self.left_out["the prompt can't be written as a row"] += 1
        else:
            self.rows.append(row)


def asked(prompt: Sequence[Turn]) -> list[Row]:
    """Return the turns of a prompt as messages; what was answered in them is not trained on."""
    return [
        {"role": turn.role, "content": turn.text}
        | ({"weight": 0} if turn.role == "assistant" else {})
        for turn in prompt
    ]


def answered(text: str) -> Row:
    """Return an answer as a message."""
    return {"role": "assistant", "content": text}
