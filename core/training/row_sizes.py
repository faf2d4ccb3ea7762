"""How long the rows are in tokens: counted, or bounded by their bytes before anybody counted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.data.rows import Example
from core.training.ledger import Entry, Part

_TURN_TOKENS = 12
"""What a template adds to a turn at most, as a rule: marks, a role, an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSizes:
    """Lengths of what is trained and of what it is judged by."""

    train: tuple[int, ...]
    """Tokens of each train sequence."""
    supervised: tuple[int, ...]
    """Tokens of each train sequence that carry loss."""
    validation: tuple[int, ...]
    """Tokens of each validation sequence."""
    counted: bool
    """Whether a tokenizer counted; else these are bounds: no row has more tokens than bytes."""
    longest: int
    """Tokens of the longest row of both parts, those that are not used included."""


def counted_sizes(entries: Sequence[Entry]) -> RowSizes:
    """Return the sizes that a ledger tells."""
    kept = [entry for entry in entries if entry.fate == "kept"]
    train = [entry for entry in kept if entry.part == "train"]
    return RowSizes(
        train=tuple(entry.kept for entry in train),
        supervised=tuple(entry.supervised for entry in train),
        validation=_lengths(kept, "validation"),
        counted=True,
        longest=max((entry.tokens for entry in entries if entry.fate != "dropped"), default=0),
    )


def bounded_sizes(train: Iterable[Example], validation: Iterable[Example]) -> RowSizes:
    """Return the most tokens that rows can have, from their bytes."""
    rows, others = list(train), tuple(_bound(example) for example in validation)
    lengths = tuple(_bound(example) for example in rows)
    return RowSizes(
        train=lengths,
        supervised=tuple(_bound(example, trained=True) for example in rows),
        validation=others,
        counted=False,
        longest=max((*lengths, *others), default=0),
    )


def _lengths(entries: Iterable[Entry], part: Part) -> tuple[int, ...]:
    return tuple(entry.kept for entry in entries if entry.part == part)


def _bound(example: Example, *, trained: bool = False) -> int:
    """Return the bytes of the turns, and some tokens a turn for the template."""
    turns = [one for one in example.messages if one.trains or not trained]
    tools = (
        0
        if trained or example.tools is None
        else len(str(example.tools).encode("utf-8", "replace"))
    )
    return tools + sum(_TURN_TOKENS + len(one.text.encode("utf-8", "replace")) for one in turns)
