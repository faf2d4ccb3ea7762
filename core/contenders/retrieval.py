"""Looks the question up in documents and puts what was found before it."""

from collections.abc import Iterator, Sequence
from typing import Any

from core.contenders.contender import Answer, Contender, Conversation, called
from core.contenders.document_index import DocumentIndex, Passage, Search
from core.contenders.means import Means, Missing
from core.data.rows import Example

_PASSAGES = 3


class Retrieval:
    """A contender that gives another one passages of documents."""

    def __init__(self, inner: Contender, index: Search) -> None:
        self.name = called("retrieval", inner)
        self._inner = inner
        self._index = index

    @property
    def identity(self) -> dict[str, Any]:
        """Return the inner identity; the passages are part of each conversation."""
        return self._inner.identity

    def conversation(self, example: Example) -> Conversation:
        """Return the question below what was found for it."""
        return over_passages(self._inner.conversation(example), example, self._index)

    def answer(self, asked: Sequence[Conversation]) -> Iterator[Answer]:
        """Let the inner contender answer."""
        return self._inner.answer(asked)


def over_passages(plain: Conversation, example: Example, index: Search) -> Conversation:
    """Return a conversation with passages before its last turn, in that turn.

    Not every chat template takes a second system turn; every one takes a user's.
    """
    asked = example.prompt[-1] if example.prompt else None
    found = index.search(asked.text, most=_PASSAGES) if asked else []
    if asked is None or asked.role != "user" or not found:
        return plain
    turn = {**plain.messages[-1], "content": _with_passages(found, asked.text)}
    return Conversation((*plain.messages[:-1], turn), plain.tools)


def _with_passages(found: Sequence[Passage], question: str) -> str:
    """Return a question below what was found for it."""
    passages = "\n\n".join(f"[{one.document}]\n{one.text}" for one in found)
    return f"{passages}\n\nAnswer with the help of the passages above.\n\n{question}"


def make(means: Means) -> Contender | Missing:
    """Return the contender, or that there are no documents."""
    if not any(text.strip() for text in means.documents.values()):
        return Missing("There are no documents: put texts into the folder documents/.")
    return Retrieval(means.base, means.search or DocumentIndex(means.documents))
