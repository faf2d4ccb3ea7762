"""Makes a block of lines: plain chats together, others one by one, doubtful ones explained."""

import re
from array import array
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

import msgspec
import numpy as np

from core.data.block import ROLES, Block
from core.data.line_ends import line_ends
from core.data.lines import LONGEST_LINE
from core.data.lines import Line as WholeLine
from core.data.rows import Fault, Row
from core.data.scan.plain_rows import NONE, PlainRows, as_said, check_of, plain_rows
from core.data.shapes.chat import CHAT
from core.data.shapes.shape import Shape
from core.data.sources import line_row, to_row

BLOCK_BYTES: Final = 768 * 1024
"""Of lines: what a block costs by itself is spread, and its text stays in a processor's cache."""
_ABSENT: Final = 2
_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_BESIDE: Final = ("metadata", "id", "source", "license", "licence")
_CODES: Final = {role: place for place, role in enumerate(ROLES)}
_PATTERNS_KEPT: Final = 1024

Role = Literal["system", "developer", "user", "assistant"]


class _WeightedTurn(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A turn of words that may be switched off."""

    role: Role
    content: str
    weight: Literal[0, 1, 2] = 2  # 2 stands for absent; a row that says 2 is read in full


class _ChatBeside(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A row of such turns, with what commonly stands beside them."""

    messages: list[_WeightedTurn]
    metadata: Any = msgspec.UNSET
    id: Any = msgspec.UNSET
    source: Any = msgspec.UNSET
    license: Any = msgspec.UNSET
    licence: Any = msgspec.UNSET


class _Pattern(NamedTuple):
    """What follows from the roles of a row alone."""

    codes: bytes
    """The roles as a block has them."""
    sound: bool
    """Whether somebody answers, and nobody before the first question."""
    quotes: int
    """How many a row has that holds its turns once."""


_decode_beside = msgspec.json.Decoder(_ChatBeside).decode
_NOT_PLAIN = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Draft:
    """A block in the making."""

    def __init__(self, usual: Shape | None = None) -> None:
        self._usual = usual
        self._may_be_plain = usual is None or usual is CHAT
        self.said: list[bytes] = []  # turns with their NULs, one or many at a time
        self.sizes = array("q")
        self.roles = bytearray()
        self.untrained: list[int] = []
        self.numbers = array("q")
        self.checks = array("Q")
        self.orders: list[tuple[str, ...]] = []
        self.weights: dict[int, bytes] = {}
        self.beside: dict[int, object] = {}
        self.examples: dict[int, Any] = {}
        self.faults: list[Fault] = []
        self._unread = 0

    def add_lines(self, text: bytes, first: int) -> int:
        """Add the lines of a text, the first of which has this number; blank ones are no rows.

        Returns how many line ends it holds.
        """
        if b"\r" in text:
            text = b"\n".join([line.rstrip(b"\r") for line in text.split(b"\n")])
        ends = np.append(line_ends(text), len(text))
        starts = np.append(0, ends[:-1] + 1)
        plain = plain_rows(text, starts, ends) if self._may_be_plain else NONE
        others = np.ones(len(starts), np.bool_)
        others[plain.lines] = False
        places = np.flatnonzero(others)
        done = 0
        for before, begin, end, line in zip(
            np.searchsorted(plain.lines, places).tolist(),
            starts[places].tolist(),
            ends[places].tolist(),
            places.tolist(),
            strict=True,
        ):
            if before > done:
                self._add_plain(plain.part(done, before), first)
                done = before
            self._add_other(first + line, text[begin:end])
        self._add_plain(plain.part(done, len(plain.lines)), first)
        return len(ends) - 1

    def _add_plain(self, plain: PlainRows, first: int) -> None:
        """Add some plain rows; `first` is the number of line 0."""
        if not len(plain.lines):
            return
        self.said.append(plain.said)
        self.sizes.frombytes((np.diff(plain.ends, prepend=-1) - 1).tobytes())
        self.roles += plain.roles.tobytes()
        self.numbers.frombytes((plain.lines + first).tobytes())
        self.checks.frombytes(plain.checks.tobytes())
        self.orders += plain.orders

    def _add_turn(self, words: str) -> None:
        """Add the words of one turn."""
        said = as_said(words)
        self.said += (said, b"\0")
        self.sizes.append(len(said))

    def _add_other(self, number: int, raw: bytes) -> None:
        """Add a line that holds something other than nothing but words."""
        if not raw or raw.isspace():
            return
        if len(raw) > LONGEST_LINE:
            self.add_row(line_row(WholeLine(number, 0, len(raw), None)))
        elif not (self._may_be_plain and self._add_beside(number, raw)):
            self.add_row(to_row(raw, number=number, usual=self._usual))

    def _add_beside(self, number: int, raw: bytes) -> bool:
        """Add a row with weights or with something beside the messages, if it is no more."""
        try:
            chat = _decode_beside(raw)
            found = {key: getattr(chat, key) for key in _BESIDE}
            beside = {key: value for key, value in found.items() if value is not msgspec.UNSET}
            inside = sum(map(_strings_inside, beside.values()))
        except _NOT_PLAIN:
            return False
        turns = chat.messages
        weights = bytes([turn.weight for turn in turns])
        weighted = len(weights) - weights.count(_ABSENT)
        order = tuple([turn.role for turn in turns])
        pattern = _pattern(order)
        more = 2 * (weighted + len(beside) + inside)
        asks_nothing = any(turn.role == "user" and not turn.content.strip() for turn in turns)
        if not pattern.sound or _quotes(raw) != pattern.quotes + more or asks_nothing:
            return False
        if weighted:
            first = len(self.sizes)
            self.weights[len(self.numbers)] = weights
            self.untrained += [place for place, weight in enumerate(weights, first) if not weight]
        if beside:
            self.beside[len(self.numbers)] = _flat(beside)
        for turn in turns:
            self._add_turn(turn.content)
        self.roles += pattern.codes
        self._end_row(number, raw, order)
        return True

    def add_row(self, row: Row) -> None:
        """Add a row that was read in full."""
        self.faults += row.faults
        if row.example is None:
            self._unread += 1
            return
        for message in row.example.messages:
            if not message.trains:
                self.untrained.append(len(self.sizes))
            self._add_turn(message.text)
            self.roles.append(_CODES[message.role])
        value = row.value if isinstance(row.value, dict) else {}
        place = len(self.numbers)
        if beside := {key: value[key] for key in _BESIDE if key in value}:
            self.beside[place] = _flat(beside)
        self.examples[place] = row.example
        self._end_row(row.number, row.raw, tuple(m.role for m in row.example.messages))

    def _end_row(self, number: int, raw: bytes, order: tuple[str, ...]) -> None:
        self.numbers.append(number)
        self.checks.append(check_of(raw))
        self.orders.append(order)

    def block(self) -> Block:
        """Return what was gathered."""
        ends = np.cumsum(np.array(self.sizes, np.int64) + 1) - 1
        firsts = np.zeros(len(self.orders) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, self.orders), np.int64), out=firsts[1:])
        roles = np.frombuffer(bytes(self.roles), np.uint8)
        trains = roles == _CODES["assistant"]
        trains[self.untrained] = False
        return Block(
            text=b"".join(self.said),
            numbers=np.array(self.numbers, np.int64),
            checks=np.array(self.checks, np.uint64),
            firsts=firsts,
            orders=self.orders,
            roles=roles,
            trains=trains,
            starts=np.append(0, ends + 1)[:-1],
            ends=ends,
            weights=self.weights,
            beside=self.beside,
            examples=self.examples,
            faults=tuple(self.faults),
            lines=len(self.numbers) + self._unread,
        )


@lru_cache(maxsize=_PATTERNS_KEPT)
def _pattern(roles: tuple[str, ...]) -> _Pattern:
    """Return what follows from the roles; conversations share few patterns."""
    answered = roles.index("assistant") if "assistant" in roles else None
    asked = roles.index("user") if "user" in roles else len(roles)
    return _Pattern(
        codes=bytes([_CODES[role] for role in roles]),
        sound=answered is not None and (asked == len(roles) or asked < answered),
        quotes=2 * (1 + 4 * len(roles)),
    )


def read_block(text: bytes, *, first: int = 1, usual: Shape | None = None) -> Block:
    """Return the block of some lines, the first of which has this number; blank ones are no rows.

    `usual` is the shape that most rows of the file have, None where it is not known.
    """
    draft = _Draft(usual)
    draft.add_lines(text, first)
    return draft.block()


def block_of_rows(rows: Iterable[Row]) -> Block:
    """Return the block of rows that were read already."""
    draft = _Draft()
    for row in rows:
        draft.add_row(row)
    return draft.block()


def blocks_of(
    piece: bytes, *, first: int, usual: Shape | None = None, size: int = BLOCK_BYTES
) -> Iterator[Block]:
    """Yield blocks of about `size` bytes of whole lines, the first of which has this number."""
    begin = 0
    size = len(piece) // max(round(len(piece) / size), 1) + 1  # no small rest, which costs as much
    while begin < len(piece):
        end = piece.find(b"\n", begin + size - 1) + 1 or len(piece)
        text = piece[begin:end]
        draft = _Draft(usual)
        first += draft.add_lines(text, first)
        yield draft.block()
        begin = end


def _flat(beside: dict[str, Any]) -> object:
    """Return what stands beside the messages as one mapping, where metadata is one."""
    inner = beside.pop("metadata", None)
    if not beside:
        return inner
    return {**inner, **beside} if isinstance(inner, dict) else beside


def _quotes(raw: bytes) -> int:
    """Return how many quotes of a line begin or end a string.

    Parsers keep the last of two equal keys and say nothing; the quotes of the first betray it.
    """
    quotes = raw.count(b'"')
    if b"\\" not in raw:
        return quotes
    if b"\\\\" in raw:
        return quotes - _ESCAPE.findall(raw).count(b'\\"')
    return quotes - raw.count(b'\\"')


def _strings_inside(value: object) -> int:
    """Return how many strings a value holds, keys included."""
    if isinstance(value, str):
        return 1
    if isinstance(value, dict):
        return len(value) + sum(map(_strings_inside, value.values()))
    if isinstance(value, list):
        return sum(map(_strings_inside, value))
    return 0
