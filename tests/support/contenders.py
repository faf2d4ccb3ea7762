"""A contender without a model, and examples for it."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from core.contenders.contender import Answer, Conversation, plain_conversation
from core.data.rows import Example
from core.data.sources import to_row


class Echo:
    """Answers with the last turn; counts what it is asked."""

    name = "base"

    def __init__(self) -> None:
        self.identity: dict[str, Any] = {"base": "echo"}
        self.asked: list[Conversation] = []

    def conversation(self, example: Example) -> Conversation:
        """Return the turns before the last answer."""
        return plain_conversation(example)

    def answer(self, asked: Sequence[Conversation]) -> Iterator[Answer]:
        """Yield the last turn of each."""
        for place, one in enumerate(asked):
            self.asked.append(one)
            yield Answer(place, one.messages[-1]["content"], tokens=1, stopped=True, cut=False)


def example_of(question: str, answer: str, *, system: str = "", row: int = 1) -> Example:
    """Return one question with its answer."""
    turns = [{"role": "system", "content": system}] if system else []
    turns += [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    found = to_row(json.dumps({"messages": turns}).encode(), number=row).example
    assert found
    return found
