"""Plain text: one field `text`, all of which trains."""

from collections.abc import Iterator
from typing import Any

from core.data.shapes.shape import Complaint, Conversation, Shape, Turn, text_complaints

_TARGETS = frozenset(
    {"answer", "category", "intent", "label", "labels", "output", "response", "summary", "target"}
)
"""Fields that say the text is a question to be answered by them."""


def _complaints(value: dict[str, Any]) -> Iterator[Complaint]:
    yield from text_complaints(value, "text", optional=False)


def _read(value: dict[str, Any]) -> Conversation:
    return Conversation([Turn({"role": "assistant", "content": value["text"]}, "text")])


PLAIN_TEXT = Shape(
    id="text",
    needs=frozenset({"text"}),
    not_with=_TARGETS,
    complaints=_complaints,
    read=_read,
)
