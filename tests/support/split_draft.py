"""Splits of lines that are decided and not written."""

import json
from typing import Any

from core.data.choices import Choices
from core.data.drafting import Draft, first_draft
from core.data.sources import to_row
from core.data.usable import split_rows, template_of, usable_rows

SALT = b"0123456789abcdef"


def line(question: str, answer: str, **beside: object) -> str:
    """Return one row as a line, with further fields beside its conversation."""
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": turns, **beside}, ensure_ascii=False)


def draft(lines: list[str], **chosen: Any) -> Draft:
    """Return the first split of these lines."""
    read = [to_row(text.encode(), number=number) for number, text in enumerate(lines, start=1)]
    choices = Choices(**chosen)
    usable, _ = usable_rows(read, SALT)
    rows = split_rows(usable, template_of(usable, SALT), choices.groups or ())
    return first_draft(rows, SALT, choices)


def sides(made: Draft) -> dict[int, str]:
    """Return the side of every row by its number."""
    parts = made.parts
    named = {"train": parts.train, "validation": parts.validation, "holdout": parts.holdout}
    return {made.rows[at].row.number: side for side, places in named.items() for at in places}
