"""`prompt` and `completion`, each a text or a list of messages."""

from collections.abc import Iterator
from typing import Any

from core.data.shapes.chat import not_trained, tools_complaints, turn_complaints, turns_of
from core.data.shapes.shape import Complaint, Conversation, Shape, Turn, kind_of


def side_complaints(value: dict[str, Any], name: str, *, answers: bool) -> Iterator[Complaint]:
    """Yield what keeps a field from being a text or a list of messages."""
    found = value.get(name)
    if found is None:
        yield Complaint(name, "is null" if name in value else "is missing")
    elif isinstance(found, list):
        yield from turn_complaints(found, name)
        if answers and not any(isinstance(m, dict) and m.get("role") == "assistant" for m in found):
            yield Complaint(name, "has no assistant turn")
    elif not isinstance(found, str):
        yield Complaint(name, f"is {kind_of(found)}, neither text nor a list of messages")


def prompt_turns(prompt: object) -> list[Turn]:
    """Return the turns that ask; an empty text asks nothing."""
    if isinstance(prompt, list):
        return not_trained(turns_of(prompt, "prompt"))
    asks = isinstance(prompt, str) and prompt
    return [Turn({"role": "user", "content": prompt}, "prompt")] if asks else []


def answer_turns(answer: str | list[dict[str, Any]], name: str) -> list[Turn]:
    """Return the turns that answer."""
    if isinstance(answer, list):
        return turns_of(answer, name)
    return [Turn({"role": "assistant", "content": answer}, name)]


def _complaints(value: dict[str, Any]) -> Iterator[Complaint]:
    yield from side_complaints(value, "prompt", answers=False)
    yield from side_complaints(value, "completion", answers=True)
    yield from tools_complaints(value)


def _read(value: dict[str, Any]) -> Conversation:
    turns = [*prompt_turns(value["prompt"]), *answer_turns(value["completion"], "completion")]
    return Conversation(turns, value.get("tools"))


PROMPT_COMPLETION = Shape(
    id="prompt_completion",
    needs=frozenset({"prompt", "completion"}),
    complaints=_complaints,
    read=_read,
)
