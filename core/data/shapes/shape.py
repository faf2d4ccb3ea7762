"""What every shape of row offers, and the words in which shapes complain."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

QUOTED = 40
"""Characters of a value repeated in a complaint."""

LISTS = frozenset(
    {"messages", "conversations", "chosen", "rejected", "prompt", "completion", "history", "tools"}
)
"""Fields whose lists belong to one row, in whatever shape."""


class Complaint(NamedTuple):
    """One thing that keeps a row from being a conversation."""

    path: str
    """The field of the file that is wrong; empty for the whole row."""
    message: str
    """What is wrong with it, in words that follow the path."""


class Turn(NamedTuple):
    """One turn before it is known whether it trains."""

    raw: dict[str, Any]
    """As chat templates take it: role, content, perhaps calls and weight."""
    path: str
    """Where its words stand in the row."""


class Conversation(NamedTuple):
    """What a row without complaints says."""

    turns: list[Turn]
    """In the order in which they are said."""
    tools: list[Any] | None = None
    """Tools offered; None when the row names none."""
    rejected: tuple[Turn, ...] = ()
    """The losing answer of a preference pair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A way to write a conversation as a row."""

    id: str
    """What `inspect` calls it."""
    needs: frozenset[str]
    """Fields by which a row of it is known."""
    not_with: frozenset[str] = frozenset()
    """Fields whose presence says that the row is something else."""
    complaints: Callable[[dict[str, Any]], Iterator[Complaint]]
    """Yields everything that is wrong; nothing for a row that can be read."""
    read: Callable[[dict[str, Any]], Conversation]
    """Returns what a row without complaints says."""


def kind_of(value: object) -> str:
    """Return what a JSON value is, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    names = {dict: "an object", list: "a list", str: "a text", int: "a number", float: "a number"}
    return names[type(value)]


def text_complaints(value: dict[str, Any], name: str, *, optional: bool) -> Iterator[Complaint]:
    """Yield what keeps a field from being a text; null counts as left out."""
    found = value.get(name)
    if isinstance(found, str) or (found is None and optional):
        return
    if found is None:
        yield Complaint(name, "is null" if name in value else "is missing")
    else:
        yield Complaint(name, f"is {kind_of(found)}, not text")
