"""Preference pairs: `chosen` trains, `rejected` is kept beside it; texts or lists of messages."""

from collections.abc import Iterator
from typing import Any

from core.data.shapes.chat import not_trained, tools_complaints, turns_of
from core.data.shapes.prompt_completion import answer_turns, prompt_turns, side_complaints
from core.data.shapes.shape import Complaint, Conversation, Shape, Turn


def _complaints(value: dict[str, Any]) -> Iterator[Complaint]:
    sides = [value.get("chosen"), value.get("rejected")]
    if value.get("prompt") is not None:
        yield from side_complaints(value, "prompt", answers=False)
    elif any(isinstance(side, str) for side in sides):
        yield Complaint("prompt", "is missing, so nothing says what was asked")
    yield from side_complaints(value, "chosen", answers=True)
    yield from side_complaints(value, "rejected", answers=True)
    if all(isinstance(side, str | list) for side in sides) and sides[0] == sides[1]:
        yield Complaint("rejected", "is the same as chosen")
    yield from tools_complaints(value)


def _read(value: dict[str, Any]) -> Conversation:
    chosen, rejected = value["chosen"], value["rejected"]
    whole = isinstance(chosen, list) and any(turn["role"] == "user" for turn in chosen)
    shared = _shared(chosen, rejected) if whole else 0
    if whole:
        turns = turns_of(chosen, "chosen")
        asks, answers = not_trained(turns[:shared]), turns[shared:]
    else:
        asks, answers = prompt_turns(value.get("prompt")), answer_turns(chosen, "chosen")
    return Conversation([*asks, *answers], value.get("tools"), _losing(rejected, shared))


def _shared(chosen: list[Any], rejected: object) -> int:
    """Return how many turns both sides begin with; the last turn of a side is never shared."""
    if not isinstance(rejected, list):
        return len(chosen) - 1
    both = zip(chosen[:-1], rejected[:-1], strict=False)
    return next((n for n, (a, b) in enumerate(both) if a != b), min(len(chosen), len(rejected)) - 1)


def _losing(rejected: str | list[dict[str, Any]], shared: int) -> tuple[Turn, ...]:
    """Return the turns that the chosen side does not begin with too."""
    turns = answer_turns(rejected, "rejected")
    return tuple(turns[shared:] if isinstance(rejected, list) else turns)


PREFERENCE = Shape(
    id="preference",
    needs=frozenset({"chosen", "rejected"}),
    complaints=_complaints,
    read=_read,
)
