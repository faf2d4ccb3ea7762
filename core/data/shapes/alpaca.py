"""The Alpaca shape: `instruction`, `input` and `output`, perhaps `system` and `history`."""

from collections.abc import Iterator
from typing import Any

from core.data.shapes.shape import (
    Complaint,
    Conversation,
    Shape,
    Turn,
    kind_of,
    text_complaints,
)

_PAIR = 2


def _complaints(value: dict[str, Any]) -> Iterator[Complaint]:
    yield from text_complaints(value, "instruction", optional=False)
    yield from text_complaints(value, "input", optional=True)
    yield from text_complaints(value, "output", optional=False)
    yield from text_complaints(value, "system", optional=True)
    asked = (value.get("instruction"), value.get("input") or "")
    if all(isinstance(words, str) and not words.strip() for words in asked):
        yield Complaint("instruction", "is empty, and so is input")
    yield from _history_complaints(value.get("history"))


def _history_complaints(history: object) -> Iterator[Complaint]:
    if history is None:
        return
    if not isinstance(history, list):
        yield Complaint("history", f"is {kind_of(history)}, not a list of pairs")
        return
    for place, pair in enumerate(history):
        texts = isinstance(pair, list) and all(isinstance(words, str) for words in pair)
        if not texts or len(pair) != _PAIR:
            yield Complaint(f"history[{place}]", "is no pair of question and answer")


def _read(value: dict[str, Any]) -> Conversation:
    turns = []
    if value.get("system"):
        turns.append(Turn({"role": "system", "content": value["system"]}, "system"))
    for place, (asked, answered) in enumerate(value.get("history") or ()):
        turns.append(Turn({"role": "user", "content": asked}, f"history[{place}][0]"))
        turns.append(Turn({"role": "assistant", "content": answered}, f"history[{place}][1]"))
    parts = [words for words in (value["instruction"], value.get("input")) if words]
    path = "instruction" if value["instruction"] else "input"
    turns.append(Turn({"role": "user", "content": "\n".join(parts)}, path))
    turns.append(Turn({"role": "assistant", "content": value["output"]}, "output"))
    return Conversation(turns)


ALPACA = Shape(
    id="alpaca",
    needs=frozenset({"instruction", "output"}),
    complaints=_complaints,
    read=_read,
)
