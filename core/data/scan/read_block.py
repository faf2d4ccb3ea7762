"""Makes a block of lines: typed decoding for plain chats, the explaining reader for the rest."""

import re
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Any, Final, Literal, NamedTuple

import msgspec

from core.data.block import Block
from core.data.lines import LONGEST_LINE
from core.data.lines import Line as WholeLine
from core.data.rows import Fault, Row
from core.data.shapes.chat import CHAT
from core.data.shapes.shape import Shape
from core.data.sources import line_row, to_row

BLOCK_BYTES: Final = 256 * 1024
"""Of lines; the text and its columns stay in a processor's cache."""
_ABSENT: Final = 2
_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_BESIDE: Final = ("metadata", "id", "source", "license", "licence")
_PATTERNS_KEPT: Final = 10_000

Role = Literal["system", "developer", "user", "assistant"]


class Line(NamedTuple):
    """A line and its number."""

    number: int
    raw: bytes


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
    users: tuple[int, ...]
    trains: tuple[bool, ...]


_decode_plain = msgspec.json.Decoder(_Chat).decode
_decode_beside = msgspec.json.Decoder(_ChatBeside).decode
_NOT_PLAIN = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Draft:
    """A block in the making."""

    def __init__(self, usual: Shape | None = None) -> None:
        self._usual = usual
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
        self.lines = 0
        self._patterns: dict[tuple[str, ...], _Pattern] = {}

    def add_line(self, number: int, raw: bytes) -> None:
        """Add a line that holds something."""
        self.lines += 1
        if len(raw) > LONGEST_LINE:
            self.add_row(line_row(WholeLine(number, 0, len(raw), None)))
        elif not (self._may_be_plain and self._add_plain(number, raw)):
            self.add_row(to_row(raw, number=number, usual=self._usual))

    def _add_plain(self, number: int, raw: bytes) -> bool:
        """Add a row of nothing but words, if it is one."""
        try:
            chat = _decode_plain(raw)
        except _NOT_PLAIN:
            return self._add_beside(number, raw)
        return self._add_turns(number, raw, chat.messages, strings=1 + 4 * len(chat.messages))

    def _add_turns(
        self, number: int, raw: bytes, turns: list[_Turn] | list[_WeightedTurn], *, strings: int
    ) -> bool:
        """Add a row that typed decoding took; False for one that is to be read in full."""
        texts = [turn.content for turn in turns]
        pattern = self._pattern(tuple([turn.role for turn in turns]))
        if not pattern.sound or _quotes(raw) != 2 * strings:
            return False
        for user in pattern.users:
            if not texts[user] or texts[user].isspace():
                return False
        self.texts += texts
        self.orders.append(pattern.roles)
        self.roles += pattern.roles
        self.trains += pattern.trains
        self._end_row(number, raw)
        return True

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
        strings = 1 + 4 * len(weights) + weighted + len(beside) + inside
        first = len(self.trains)
        if not self._add_turns(number, raw, chat.messages, strings=strings):
            return False
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
                users=tuple(place for place, role in enumerate(roles) if role == "user"),
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
        if text.isascii():
            sizes = list(map(len, texts))
        else:
            sizes = [len(turn) if turn.isascii() else len(turn.encode()) for turn in texts]
        after = list(accumulate([size + 1 for size in sizes], initial=0))
        return Block(
            text=text,
            numbers=self.numbers,
            raws=self.raws,
            firsts=self.firsts,
            orders=self.orders,
            roles=self.roles,
            trains=self.trains,
            starts=after[:-1],
            ends=[end - 1 for end in after[1:]],
            weights=self.weights,
            beside=self.beside,
            examples=self.examples,
            faults=tuple(self.faults),
            lines=self.lines,
        )


def lines_of(piece: bytes, *, first: int) -> Iterator[Line]:
    """Yield the lines of whole lines without their ends; the first has this number."""
    for number, raw in enumerate(piece.split(b"\n"), start=first):
        yield Line(number, raw.rstrip(b"\r"))


def read_block(lines: Iterable[Line], *, usual: Shape | None = None) -> Block:
    """Return the block of some lines; blank ones are no rows.

    `usual` is the shape that most rows of the file have, None where it is not known.
    """
    draft = _Draft(usual)
    for number, raw in lines:
        if raw and not raw.isspace():
            draft.add_line(number, raw)
    return draft.block()


def block_of_rows(rows: Iterable[Row]) -> Block:
    """Return the block of rows that were read already."""
    draft = _Draft()
    for row in rows:
        draft.lines += 1
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
        held += len(line.raw)
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
