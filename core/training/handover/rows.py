"""Rows of a split in the forms that other trainers read."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from core.data.rows import Example


def partly_trained(examples: Iterable[Example]) -> bool:
    """Whether a conversation holds an answer that is not trained, or goes on after the last."""
    return any(
        message.role == "assistant" and not message.trains
        for example in examples
        for message in example.messages
    )


def by_answer(examples: Iterable[Example]) -> Iterator[Example]:
    """Yield every conversation once for each trained answer, ending with it."""
    for example in examples:
        for place, message in enumerate(example.messages):
            if message.trains:
                turns = example.messages[: place + 1]
                yield Example(row=example.row, messages=turns, tools=example.tools)


def to_prompt_and_completion(example: Example) -> dict[str, Any]:
    """Return a row whose last turn alone is trained, as TRL reads it."""
    *before, last = [_plain(message.raw) for message in example.messages]
    return {"prompt": before, "completion": [last]} | _tools(example)


def to_messages(example: Example, *, marked: bool = False) -> dict[str, Any]:
    """Return a row as messages; `marked` adds which turns are trained."""
    turns = [
        _plain(message.raw) | ({"train": message.trains} if marked else {})
        for message in example.messages
    ]
    return {"messages": turns} | _tools(example)


def lines(rows: Iterable[dict[str, Any]]) -> str:
    """Return rows as JSONL."""
    return "".join(json.dumps(row) + "\n" for row in rows)


def without(examples: Sequence[Example], numbers: Iterable[int]) -> list[Example]:
    """Return the rows but those that a recipe leaves out by number."""
    gone = set(numbers)
    return [example for example in examples if example.row not in gone]


def _plain(raw: dict[str, Any]) -> dict[str, Any]:
    """Return a turn without our own note on its weight."""
    return {name: value for name, value in raw.items() if name != "weight"}


def _tools(example: Example) -> dict[str, Any]:
    return {} if example.tools is None else {"tools": example.tools}
