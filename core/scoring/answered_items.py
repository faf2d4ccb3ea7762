"""The items that contenders answered: from a score job of the workspace, or from a file."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from core.contenders.answers import StoredAnswer
from core.data.dataset import DatasetFolder, read_part, read_salt
from core.data.holdout_lock import read_lock
from core.data.keys import row_keys
from core.database import connect_to_read
from core.errors import DataError
from core.scoring.answer_lines import answer_lines
from core.text_safety import clip, visible
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.data.rows import Example


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredItem:
    """One item with what every contender answered."""

    id: str
    """Its name: the row key of a holdout row, or what a file calls it."""
    prompt: tuple[tuple[str, str], ...]
    """Role and text of each turn before the answer; not yet safe to show."""
    reference: str | None
    """The expected answer, None where there is none."""
    answers: Mapping[str, str]
    """By contender."""


def items_of_job(workspace: Workspace, job: str, root: str) -> Iterator[AnsweredItem]:
    """Yield the rows of the holdout with this root that a score job has answers to."""
    folder = _split_folder(workspace, root)
    if folder is None:
        return
    given = given_answers(workspace.run(job).answers)
    salt = read_salt(workspace)
    for example in read_part(DatasetFolder(folder).holdout):
        key = row_keys(example, salt).row.hex()
        if key in given:
            yield _item(key, example, given[key])


def _item(key: str, example: "Example", answers: Mapping[str, str]) -> AnsweredItem:
    return AnsweredItem(
        id=key,
        prompt=tuple((message.role, message.text) for message in example.prompt),
        reference=example.reference,
        answers=answers,
    )


def holdout_now(workspace: Workspace, root: str) -> str:
    """Return the root that the holdout once locked with this one has now; empty when it is gone."""
    folder = _split_folder(workspace, root) if root else None
    if folder is None or not DatasetFolder(folder).lock.exists():
        return ""
    return read_lock(DatasetFolder(folder).lock).root


def holdout_of(workspace: Workspace, items: Iterable[AnsweredItem]) -> str:
    """Return the root of the locked holdout of which all items are rows; empty where none is it.

    `answer` names items by their row keys, so answers in a file still tell what they answer.
    """
    names = {one.id for one in items}
    for path in sorted(workspace.data.glob("*/holdout.lock")):
        lock = read_lock(path)
        rows = {row.keys.row.hex() for row in lock.rows}
        if names and names <= rows and holdout_now(workspace, lock.root) == lock.root:
            return lock.root
    return ""


def _split_folder(workspace: Workspace, root: str) -> Path | None:
    """Return the folder of the split whose holdout has this root."""
    query = "SELECT folder FROM splits WHERE lock_root = ? ORDER BY created_at DESC LIMIT 1"
    with connect_to_read(workspace.database) as connection:
        row = connection.execute(query, (root,)).fetchone() if connection else None
    return workspace.root / row[0] if row else None


def given_answers(path: Path) -> dict[str, dict[str, str]]:
    """Return every stored answer by item and contender; a torn line is no answer."""
    decoder = msgspec.json.Decoder(StoredAnswer)
    given: dict[str, dict[str, str]] = {}
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return {}
    for line in lines:
        try:
            answer = decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        given.setdefault(answer.item, {})[answer.contender] = answer.text
    return given


_NO_FILE = "Name a JSONL file with one answer a line, or the id of a score job."


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a file of answers."""

    item: str
    contender: str
    answer: str
    prompt: str | None = None
    reference: str | None = None


def items_of_file(path: Path) -> list[AnsweredItem]:
    """Return the items of a JSONL file, one answer a line, or say which line is wrong."""
    wrong = partial(_wrong, visible(clip(str(path), 200)))
    lines: dict[str, dict[str, _Line]] = {}
    for number, line in answer_lines(path, _Line, wrong=wrong, remedy=_NO_FILE):
        if lines.setdefault(line.item, {}).setdefault(line.contender, line) is not line:
            raise wrong(number, f"{visible(clip(line.contender, 60))} answers this item again")
    return [
        AnsweredItem(
            id=item,
            prompt=(("user", _first(by_contender, "prompt") or ""),),
            reference=_first(by_contender, "reference"),
            answers={name: line.answer for name, line in by_contender.items()},
        )
        for item, by_contender in lines.items()
    ]


def _first(lines: Mapping[str, _Line], field: str) -> str | None:
    """Return the first value that a line of an item has for a field."""
    return next((found for line in lines.values() if (found := getattr(line, field))), None)


def _wrong(shown: str, number: int, what: str) -> DataError:
    return DataError(
        what=f"{shown}, line {number}: {what}.",
        why="A line holds one answer: item, contender, answer, and maybe prompt and reference.",
        remedy='Write {"item": "...", "contender": "...", "answer": "..."} on every line.',
    )
