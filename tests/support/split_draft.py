"""Splits of lines that are decided and not written."""

import json
from pathlib import Path
from typing import Any

from core.data.choices import Choices
from core.data.drafting import Draft, first_draft
from core.data.shelf import Shelf
from core.data.sources import to_row
from core.data.usable import Usable, Wanted, gather, split_rows, template_of

SALT = b"0123456789abcdef"


def line(question: str, answer: str, **beside: object) -> str:
    """Return one row as a line, with further fields beside its conversation."""
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": turns, **beside}, ensure_ascii=False)


def draft(lines: list[str], **chosen: Any) -> Draft:
    """Return the first split of these lines."""
    choices = Choices(**chosen)
    groups = choices.groups or ()
    usable = Usable(salt=SALT, wanted=Wanted.of(choices, groups), words=Shelf())
    read = (to_row(text.encode(), number=number) for number, text in enumerate(lines, start=1))
    gather(usable, Path("unread"), read, {})
    usable.refuse_missing(groups)
    return first_draft(split_rows(usable.rows, usable.words, template_of(usable)), SALT, choices)


def sides(made: Draft) -> dict[int, str]:
    """Return the side of every row by its number."""
    parts = made.parts
    named = {"train": parts.train, "validation": parts.validation, "holdout": parts.holdout}
    return {made.rows[at].number: side for side, places in named.items() for at in places}
