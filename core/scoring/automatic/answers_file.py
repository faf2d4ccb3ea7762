"""Reads answers that were given elsewhere: JSONL with answer, reference, and maybe more."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from core.errors import DataError
from core.storage import storage_error
from core.text_safety import clip, visible

_NEEDED = "answer and reference"


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
    for number, line in _lines(path):
        answered = _answered(path, number, line)
        found.setdefault(answered.contender, []).append(answered)
    if not found:
        raise DataError(
            what=f"{_name(path)} holds no answers.",
            why="There is no line in it.",
            remedy=f"Write one JSON object a line, with {_NEEDED}.",
        )
    return found


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as missing:
        raise DataError(
            what=f"There is no file {_name(path)}.",
            why="The path leads nowhere, or to a folder.",
            remedy="Check the spelling; the path is taken from the folder you are in.",
        ) from missing
    except OSError as refused:
        raise storage_error(refused, path, doing="read the answers") from refused
    for number, line in enumerate(content.split(b"\n"), 1):
        if line.strip():
            yield number, line


def _answered(path: Path, number: int, line: bytes) -> Answered:
    try:
        answered = msgspec.json.decode(line, type=Answered)
    except (msgspec.DecodeError, UnicodeDecodeError) as broken:
        raise _wrong(path, number, f"{broken}") from broken
    if not answered.references:
        raise _wrong(path, number, "the list of references is empty")
    return answered


def _wrong(path: Path, number: int, why: Any) -> DataError:
    return DataError(
        what=f"{_name(path)}, line {number} is no answer.",
        why=f"{visible(clip(str(why), 200))}.",
        remedy=f"Write one JSON object a line, with {_NEEDED} as text.",
    )


def _name(path: Path) -> str:
    return visible(clip(str(path), 200))
