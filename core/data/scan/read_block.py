"""Makes a block of lines: typed decoding for plain chats, the explaining reader for the rest."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Literal, NamedTuple

import msgspec
import numpy as np

from core.data.block import Block
from core.data.lines import LONGEST_LINE
from core.data.lines import Line as WholeLine
from core.data.rows import Fault, Row
from core.data.shapes.chat import CHAT
from core.data.shapes.shape import Shape
from core.data.sources import line_row, to_row

BLOCK_BYTES: Final = 512 * 1024
"""Of lines: what a block costs by itself is spread, and its text stays in a processor's cache."""
_ABSENT: Final = 2
_SPACE: Final = 0x20
_DELETE: Final = 0x7F
_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_BESIDE: Final = ("metadata", "id", "source", "license", "licence")
_PATTERNS_KEPT: Final = 10_000

Role = Literal["system", "developer", "user", "assistant"]


Line = tuple[int, bytes]
"""A line's number and its bytes."""


class _Turn(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A turn that is nothing but words."""

    role: Role
    content: str


class _Chat(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A row that is nothing but such turns."""

    messages: list[_Turn]


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

    roles: tuple[str, ...]
    sound: bool
    """Whether somebody answers, and nobody before the first question."""
    quotes: int
    """How many a row has that holds its turns once."""
    trains: tuple[bool, ...]


_decode_plain = msgspec.json.Decoder(_Chat).decode
_decode_beside = msgspec.json.Decoder(_ChatBeside).decode
_NOT_PLAIN = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Draft:
    """A block in the making."""

    def __init__(
        self, usual: Shape | None = None, *, in_full: frozenset[int] = frozenset()
    ) -> None:
        self._usual = usual
        self._in_full = in_full
        self._may_be_plain = usual is None or usual is CHAT
        self.texts: list[str] = []
        self.numbers: list[int] = []
        self.raws: list[bytes] = []
        self.firsts: list[int] = [0]
        self.orders: list[tuple[str, ...]] = []
        self.roles: list[str] = []
        self.trains: list[bool] = []
        self.weights: dict[int, bytes] = {}
        self.beside: dict[int, object] = {}
        self.examples: dict[int, Any] = {}
        self.faults: list[Fault] = []
        self._unread = 0
        self._patterns: dict[tuple[str, ...], _Pattern] = {}

    def add_lines(self, lines: Sequence[Line]) -> None:
        """Add lines, of which blank ones are no rows."""
        if not self._may_be_plain or any(len(raw) > LONGEST_LINE for _, raw in lines):
            for number, raw in lines:
                self._add_other(number, raw)
            return
        texts, numbers, raws, firsts = self.texts, self.numbers, self.raws, self.firsts
        orders, roles, trains, pattern_of = self.orders, self.roles, self.trains, self._pattern
        for number, raw in lines:
            try:
                turns = _decode_plain(raw).messages
            except _NOT_PLAIN:
                self._add_other(number, raw)
                continue
            pattern = pattern_of(tuple([turn.role for turn in turns]))
            if not pattern.sound or _quotes(raw) != pattern.quotes or number in self._in_full:
                self._add_in_full(number, raw)
                continue
            texts += [turn.content for turn in turns]
            orders.append(pattern.roles)
            roles += pattern.roles
            trains += pattern.trains
            numbers.append(number)
            raws.append(raw)
            firsts.append(len(texts))

    def _add_other(self, number: int, raw: bytes) -> None:
        """Add a line that holds something other than nothing but words."""
        if not raw or raw.isspace():
            return
        plain = self._may_be_plain and len(raw) <= LONGEST_LINE and number not in self._in_full
        if not (plain and self._add_beside(number, raw)):
            self._add_in_full(number, raw)

    def _add_in_full(self, number: int, raw: bytes) -> None:
        """Add a line with all that the explaining reader finds in it."""
        if len(raw) > LONGEST_LINE:
            self.add_row(line_row(WholeLine(number, 0, len(raw), None)))
        else:
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
        weights = bytes([turn.weight for turn in chat.messages])
        weighted = len(weights) - weights.count(_ABSENT)
        pattern = self._pattern(tuple([turn.role for turn in chat.messages]))
        more = 2 * (weighted + len(beside) + inside)
        if not pattern.sound or _quotes(raw) != pattern.quotes + more:
            return False
        first = len(self.trains)
        self.texts += [turn.content for turn in chat.messages]
        self.orders.append(pattern.roles)
        self.roles += pattern.roles
        self.trains += pattern.trains
        self._end_row(number, raw)
        row = len(self.numbers) - 1
        if weighted:
            self.weights[row] = weights
            for place, weight in enumerate(weights, start=first):
                self.trains[place] &= weight != 0
        if beside:
            self.beside[row] = _flat(beside)
        return True

    def add_row(self, row: Row) -> None:
        """Add a row that was read in full."""
        self.faults += row.faults
        if row.example is None:
            self._unread += 1
            return
        for message in row.example.messages:
            self.texts.append(message.text)
            self.trains.append(message.trains)
        order = tuple(message.role for message in row.example.messages)
        self.orders.append(order)
        self.roles += order
        value = row.value if isinstance(row.value, dict) else {}
        place = len(self.numbers)
        if beside := {key: value[key] for key in _BESIDE if key in value}:
            self.beside[place] = _flat(beside)
        self.examples[place] = row.example
        self._end_row(row.number, row.raw)

    def _end_row(self, number: int, raw: bytes) -> None:
        self.numbers.append(number)
        self.raws.append(raw)
        self.firsts.append(len(self.texts))

    def _pattern(self, roles: tuple[str, ...]) -> _Pattern:
        """Return what follows from the roles; conversations share few patterns."""
        known = self._patterns.get(roles)
        if known is None:
            if len(self._patterns) > _PATTERNS_KEPT:
                self._patterns.clear()
            answered = roles.index("assistant") if "assistant" in roles else None
            asked = roles.index("user") if "user" in roles else len(roles)
            known = self._patterns[roles] = _Pattern(
                roles=roles,
                sound=answered is not None and (asked == len(roles) or asked < answered),
                quotes=2 * (1 + 4 * len(roles)),
                trains=tuple(role == "assistant" for role in roles),
            )
        return known

    def block(self) -> Block:
        """Return what was gathered."""
        texts = self.texts
        text = ("\0".join(texts) + "\0").encode() if texts else b""
        if text.count(b"\0") != len(texts):
            texts = [turn.replace("\0", "\1") for turn in texts]
            text = ("\0".join(texts) + "\0").encode()
        ends = np.flatnonzero(np.frombuffer(text, np.uint8) == 0)
        starts = np.zeros(len(ends), np.int64)
        starts[1:] = ends[:-1] + 1
        return Block(
            text=text,
            numbers=self.numbers,
            raws=self.raws,
            firsts=self.firsts,
            orders=self.orders,
            roles=self.roles,
            trains=self.trains,
            starts=starts.tolist(),
            ends=ends.tolist(),
            weights=self.weights,
            beside=self.beside,
            examples=self.examples,
            faults=tuple(self.faults),
            lines=len(self.numbers) + self._unread,
        )


def lines_of(piece: bytes, *, first: int) -> Iterator[Line]:
    """Yield the lines of whole lines without their ends; the first has this number."""
    lines = piece.split(b"\n")
    if b"\r" in piece:
        lines = [line.rstrip(b"\r") for line in lines]
    return enumerate(lines, start=first)


def read_block(lines: Sequence[Line], *, usual: Shape | None = None) -> Block:
    """Return the block of some lines; blank ones are no rows.

    `usual` is the shape that most rows of the file have, None where it is not known.
    """
    draft = _Draft(usual)
    draft.add_lines(lines)
    block = draft.block()
    if asked_nothing := _blank_questions(block):
        draft = _Draft(usual, in_full=asked_nothing)
        draft.add_lines(lines)
        block = draft.block()
    return block


def _blank_questions(block: Block) -> frozenset[int]:
    """Return the numbers of rows with a blank turn of a user, which only the full reader judges."""
    if not block.text:
        return frozenset()
    first = np.frombuffer(block.text, np.uint8)[block.starts]
    odd = np.flatnonzero((first <= _SPACE) | (first >= _DELETE)).tolist()
    blank = [at for at in odd if block.roles[at] == "user" and not block.words(at).strip()]
    places = {bisect_right(block.firsts, at) - 1 for at in blank}
    return frozenset(block.numbers[place] for place in places if place not in block.examples)


def block_of_rows(rows: Iterable[Row]) -> Block:
    """Return the block of rows that were read already."""
    draft = _Draft()
    for row in rows:
        draft.add_row(row)
    return draft.block()


def blocks_of(
    lines: Iterable[Line], *, usual: Shape | None = None, size: int = BLOCK_BYTES
) -> Iterator[Block]:
    """Yield blocks of about `size` bytes of lines."""
    waiting: list[Line] = []
    held = 0
    for line in lines:
        waiting.append(line)
        held += len(line[1])
        if held >= size:
            yield read_block(waiting, usual=usual)
            waiting, held = [], 0
    if waiting:
        yield read_block(waiting, usual=usual)


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
