"""Reads a parsed row of any known shape as a conversation, or lists every way in which it is none.

A row is known by its fields. Staging writes rows it could not take over with the reason inside,
so that they are counted and shown like every other fault.
"""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from core.data.rows import Example, Fault, Message
from core.data.shapes.alpaca import ALPACA
from core.data.shapes.chat import CHAT
from core.data.shapes.plain_text import PLAIN_TEXT
from core.data.shapes.preference import PREFERENCE
from core.data.shapes.prompt_completion import PROMPT_COMPLETION
from core.data.shapes.shape import Conversation, Shape, Turn, kind_of
from core.data.shapes.sharegpt import SHAREGPT

SHAPES = (CHAT, SHAREGPT, PREFERENCE, ALPACA, PROMPT_COMPLETION, PLAIN_TEXT)
"""In the order in which they are asked."""
NOT_TAKEN = "tuningfork_not_taken"
"""Field of a staged row that could not be taken over: the faults, each check, path and message."""


class Vote(NamedTuple):
    """What the first rows of a file say about its shape."""

    shape: Shape | None
    """The one most rows have; None where no row has any."""
    confidence: float
    """Share of the rows that have it."""
    counts: dict[str, int]
    """Rows by the id of their shape, "" for none."""
    columns: tuple[str, ...]
    """Every field of the rows, in the order of their first sight."""


def shape_of(value: object) -> Shape | None:
    """Return the shape whose fields a row has, None when it has those of none."""
    if not isinstance(value, dict):
        return None
    fields = value.keys()
    return next(
        (s for s in SHAPES if s.needs <= fields and not (s.not_with and s.not_with & fields)), None
    )


def vote(values: Iterable[object]) -> Vote:
    """Return which shape most of these rows have."""
    counts: Counter[str] = Counter()
    columns: dict[str, None] = {}
    for value in values:
        if isinstance(value, dict) and NOT_TAKEN in value:
            continue
        shape = shape_of(value)
        counts[shape.id if shape else ""] += 1
        columns.update(dict.fromkeys(value if isinstance(value, dict) else ()))
    known = {shape.id: shape for shape in SHAPES}
    best = max((id for id in counts if id), key=lambda id: counts[id], default="")
    share = counts[best] / counts.total() if best else 0.0
    return Vote(known.get(best), share, dict(counts), tuple(columns))


def shape_faults(value: object, row: int, *, usual: Shape | None = None) -> list[Fault]:
    """Return every fault of the `schema` check, not only the first.

    `usual` is the shape of the file: a row that has no shape is judged by it, and one that has
    another is read all the same and said to be odd.
    """
    if not isinstance(value, dict):
        message = f"is {kind_of(value)}, not an object with messages"
        return [Fault(check="schema", row=row, message=message)]
    if isinstance(reasons := value.get(NOT_TAKEN), list):
        return [_reason(reason, row) for reason in reasons]
    own = shape_of(value)
    shape = own or usual or _nearest(value) or CHAT
    complaints = list(shape.complaints(value))
    if not own and not complaints:
        complaints = list(CHAT.complaints(value))
    faults = [
        Fault(check="schema", row=row, path=path, message=message) for path, message in complaints
    ]
    if own and usual and own is not usual and not faults:
        odd = f"is a {own.id} row in a file of {usual.id} rows"
        faults.append(Fault(check="schema", row=row, message=odd, severity="review"))
    return faults


def _reason(reason: object, row: int) -> Fault:
    """Return a fault that was noted while the row was staged."""
    check, path, message = (
        reason if isinstance(reason, list) and len(reason) == 3 else ("schema", "", "is unreadable")
    )
    return Fault(check=str(check), row=row, path=str(path), message=str(message))


def _nearest(value: dict[str, Any]) -> Shape | None:
    """Return the shape of which a row has at least one field."""
    return next((shape for shape in SHAPES if shape.needs & value.keys()), None)


def to_example(value: dict[str, Any], row: int) -> Example:
    """Return the conversation of a row that has no fault of shape."""
    found = (shape_of(value) or CHAT).read(value)
    return conversation_example(found, row)


def conversation_example(found: Conversation, row: int) -> Example:
    """Return turns as an example."""
    return Example(
        row=row,
        messages=tuple(map(_to_message, found.turns)),
        tools=found.tools,
        rejected=tuple(map(_to_message, found.rejected)),
    )


def _to_message(turn: Turn) -> Message:
    """Return one turn."""
    raw = turn.raw
    trains = raw["role"] == "assistant" and raw.get("weight", 1) != 0
    return Message(role=raw["role"], text=_text(raw), trains=trains, raw=raw, path=turn.path)


def _text(raw: dict[str, Any]) -> str:
    """Return the words of a turn, calls of tools included."""
    content = raw.get("content")
    words = content if isinstance(content, str) else ""
    if isinstance(content, list):
        words = "".join(str(part.get("text", "")) for part in content)
    calls = raw.get("tool_calls") or raw.get("function_call")
    return words + canonical(calls) if calls else words


def canonical(value: object) -> str:
    """Return JSON with sorted keys, no spaces and nothing escaped that need not be."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
