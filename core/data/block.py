"""A few hundred readable rows as one text, so that checks search bytes and not objects."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data.rows import Example, Fault, raised

if TYPE_CHECKING:
    from core.data.detect.gates import Signs
    from core.data.detect.spans import Group, Span
    from core.data.marks import Marks
    from core.data.scan.words_of_block import Words

ROLES: Final = ("system", "developer", "user", "assistant", "tool", "function")
"""Who may speak."""
_FRAMING: Final = 2
SYSTEM_ROLES: Final = frozenset(ROLES[:_FRAMING])
"""Roles whose words frame a conversation and are not said in it."""


class Turn(NamedTuple):
    """Where a turn stands."""

    row: int
    """Line number in the source."""
    place: int
    """Its number in the conversation, from 0."""
    role: str
    trains: bool
    """Whether the loss sees it."""
    start: int
    """Byte in the block's text."""
    end: int
    """Byte after its last; a NUL stands there."""

    path: str
    """Where its words stand in the row, as `messages[0].content` or `output`."""


def places_of(text: bytes, anchor: bytes) -> Iterator[int]:
    """Yield where a rare piece of text stands; faster than a pattern by far."""
    at = text.find(anchor)
    while at >= 0:
        yield at
        at = text.find(anchor, at + 1)


@dataclass(frozen=True)
class Block:
    """Rows that follow each other in the source; the unreadable ones only as faults."""

    text: bytes
    """UTF-8 of every turn, each followed by one NUL; a NUL inside a turn is written as U+0001."""
    numbers: NDArray[np.int64]
    """Line number of each readable row, from 1."""
    checks: NDArray[np.uint64]
    """Hash of its line, without the line end."""
    firsts: NDArray[np.int64]
    """Its first turn; one more entry than there are rows, the number of turns."""
    orders: list[tuple[str, ...]]
    """The roles of each row in their order; rows of one order mostly share the tuple."""
    roles: NDArray[np.uint8]
    """Of each turn, as a place in `ROLES`; the next three are of each turn too."""
    trains: NDArray[np.bool_]
    starts: NDArray[np.int64]
    """Its first byte in the text."""
    ends: NDArray[np.int64]
    """The byte after its last."""
    weights: Mapping[int, bytes]
    """By place of the row: how `weight` is written on each turn; rows without any are missing."""
    beside: Mapping[int, object]
    """By place of the row: what stands beside the messages; rows with nothing are missing."""
    examples: Mapping[int, Example]
    """By place: the rows that hold more than roles, texts and weights."""
    faults: tuple[Fault, ...]
    """What reading found: encoding, syntax, shape."""
    lines: int
    """Lines that hold something, readable or not."""

    def turns(self, row: int) -> range:
        """Return the places of the turns of a row, given by its place."""
        return range(self.firsts[row], self.firsts[row + 1])

    def turn(self, place: int) -> Turn:
        """Return one turn by its place in the columns."""
        row = int(np.searchsorted(self.firsts, place, side="right")) - 1
        within = place - int(self.firsts[row])
        example = self.examples.get(row)
        return Turn(
            row=int(self.numbers[row]),
            place=within,
            path=example.messages[within].path if example else f"messages[{within}].content",
            role=ROLES[self.roles[place]],
            trains=bool(self.trains[place]),
            start=int(self.starts[place]),
            end=int(self.ends[place]),
        )

    def row_at(self, byte: int) -> int:
        """Return the place of the row that holds this byte of the text."""
        return int(np.searchsorted(self.firsts, self.place_at(byte), side="right")) - 1

    def turn_at(self, byte: int) -> Turn:
        """Return the turn that holds this byte of the text."""
        return self.turn(self.place_at(byte))

    def place_at(self, byte: int) -> int:
        """Return the place of the turn that holds this byte of the text."""
        return int(np.searchsorted(self.starts, byte, side="right")) - 1

    def trained(self) -> Iterator[int]:
        """Yield the place of every turn that the loss sees."""
        return iter(np.flatnonzero(self.trains).tolist())

    def said(self, place: int) -> bytes:
        """Return the text of one turn as bytes."""
        return self.text[self.starts[place] : self.ends[place]]

    def words(self, place: int) -> str:
        """Return the text of one turn."""
        return self.said(place).decode()

    @property
    def framing(self) -> NDArray[np.bool_]:
        """Return which turns frame the conversation."""
        return self.roles < _FRAMING

    @cached_property
    def is_ascii(self) -> bool:
        """Whether no turn holds anything but ASCII."""
        return self.text.isascii()

    @cached_property
    def marks(self) -> "Marks":
        """All of its text that is no letter."""
        from core.data.marks import marks_of

        return marks_of(self.text)

    @cached_property
    def compared(self) -> "Words":
        """Return its words as rows are compared by them."""
        from core.data.scan.words_of_block import words_of

        return words_of(self)

    @cached_property
    def signs(self) -> "Signs":
        """Return where the signs stand from which checks start."""
        from core.data.detect.gates import Signs

        return Signs(self.text)

    @cached_property
    def spans(self) -> "Sequence[Span]":
        """Return where personal data and secrets stand, in order."""
        from core.data.detect.find import find_spans

        return find_spans(self.text, self.signs)

    def faults_of_spans(self, group: "Group", check: str) -> Iterator[Fault]:
        """Yield a fault for each span of a group, worse by one step where the loss sees it."""
        for span in self.spans:
            if span.group == group:
                turn = self.turn_at(span.start)
                yield Fault(
                    check=check,
                    row=turn.row,
                    path=turn.path,
                    message=f"holds {span.kind.replace('_', ' ')} {span.preview}",
                    severity=raised(span.severity) if turn.trains else span.severity,
                )
