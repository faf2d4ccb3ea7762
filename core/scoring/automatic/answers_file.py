"""Reads answers that were given elsewhere: JSONL with answer, reference, and maybe more."""

from functools import partial
from pathlib import Path

import msgspec

from core.errors import DataError
from core.scoring.answer_lines import answer_lines
from core.text_safety import clip, visible

_NEEDED = "answer and reference"
_NO_FILE = "Check the spelling; the path is taken from the folder you are in."


class Answered(msgspec.Struct, frozen=True, forbid_unknown_fields=False):
    """One answer to one item."""

    answer: str
    reference: str | tuple[str, ...]
    """What would be right; several where any of them would do."""
    prompt: str = ""
    """What was asked; slices by length and language need it."""
    contender: str = "answers"
    """Who answered."""
    label: str = ""
    """The slice the item belongs to; the reference where it is left out."""

    @property
    def references(self) -> tuple[str, ...]:
        """Every reference."""
        return (self.reference,) if isinstance(self.reference, str) else self.reference


def read_answers(path: Path) -> dict[str, list[Answered]]:
    """Return the answers of each contender, or say which line is wrong."""
    found: dict[str, list[Answered]] = {}
    wrong = partial(_wrong, path)
    for number, answered in answer_lines(path, Answered, wrong=wrong, remedy=_NO_FILE):
        if not answered.references:
            raise wrong(number, "the list of references is empty")
        found.setdefault(answered.contender, []).append(answered)
    if not found:
        raise DataError(
            what=f"{_name(path)} holds no answers.",
            why="There is no line in it.",
            remedy=f"Write one JSON object a line, with {_NEEDED}.",
        )
    return found


def _wrong(path: Path, number: int, why: str) -> DataError:
    return DataError(
        what=f"{_name(path)}, line {number} is no answer.",
        why=f"{why}.",
        remedy=f"Write one JSON object a line, with {_NEEDED} as text.",
    )


def _name(path: Path) -> str:
    return visible(clip(str(path), 200))
