"""Reads the plain chats of some lines all at once, without a step of Python for each byte or turn.

What stands between the words of two turns is the same in nearly every row, so it is cut out of all
rows together, and each distinct piece is judged once. A line is taken only when all of it is proven
to be a chat of roles and words; any doubt leaves it to the readers that look at it alone.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from xxhash import xxh64_intdigest

from core.data.block import ROLES
from core.data.kernel.library import loaded
from core.data.lines import LONGEST_LINE

Places = NDArray[np.int64]
Flags = NDArray[np.bool_]

WIDTH: Final = 99
"""Bytes between the words of two turns that are looked at; more than any usual writing has."""
_QUOTE, _BACKSLASH, _NEWLINE, _SPACE, _DELETE = b'"\\\n \x7f'
_KEYS_OF_TURN, _QUOTES_OF_ROW, _QUOTES_OF_TURN = 6, 2, 8
_LONGEST_RUN: Final = 64
"""Backslashes in a row that are followed back; a line with more is read alone."""
_BEGINS, _GOES_ON, _ENDS, _OTHER = 8, 16, 24, 32
_ROLE_OF: Final = 7
_USER: Final = ROLES.index("user")
_ASSISTANT: Final = ROLES.index("assistant")
_GAP = rb"[ \t]*%b[ \t]*"
_TURN = b"".join(
    _GAP % token for token in (rb"\{", rb'"role"', b":", rb'"(?P<role>[a-z]+)"', b",", b'"content"')
)
_BEGINNING = re.compile(
    b"".join(_GAP % token for token in (rb"\{", rb'"messages"', b":", rb"\["))
    + _TURN
    + rb':[ \t]*"'
)
_MIDDLE = re.compile(rb'"' + _GAP % rb"\}" + b"," + _TURN + rb':[ \t]*"')
_END = re.compile(rb'"' + b"".join(_GAP % token for token in (rb"\}", rb"\]", rb"\}")))
_BITS_OF_ROLE: Final = np.uint64(3)
_DIGITS_OF_ORDER: Final = 21
"""Turns whose roles fit into one number."""
_PLAIN_ROLES: Final = ("system", "developer", "user", "assistant")
_decode_texts = msgspec.json.Decoder(list[str]).decode
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError)


class PlainRows(NamedTuple):
    """The plain chats among some lines."""

    lines: Places
    """Which lines they are, from 0."""
    checks: NDArray[np.uint64]
    """Hash of each line."""
    orders: list[tuple[str, ...]]
    """The roles of each row."""
    firsts: Places
    """Its first turn; one more entry than there are rows."""
    roles: NDArray[np.uint8]
    """The role of every turn, as a place in `ROLES`."""
    said: bytes
    """The words of every turn in UTF-8, each followed by a NUL; one among them is U+0001."""
    ends: Places
    """Where the NUL of every turn stands."""

    def part(self, begin: int, end: int) -> "PlainRows":
        """Return some rows that follow each other."""
        first, last = int(self.firsts[begin]), int(self.firsts[end])
        if (begin, end) == (0, len(self.lines)):
            return self
        start, stop = (int(self.ends[turn - 1]) + 1 if turn else 0 for turn in (first, last))
        return PlainRows(
            lines=self.lines[begin:end],
            checks=self.checks[begin:end],
            orders=self.orders[begin:end],
            firsts=self.firsts[begin : end + 1] - first,
            roles=self.roles[first:last],
            said=self.said[start:stop],
            ends=self.ends[first:last] - start,
        )


_NO_PLACES: Final[Places] = np.empty(0, np.int64)
NONE: Final = PlainRows(
    lines=_NO_PLACES,
    checks=np.empty(0, np.uint64),
    orders=[],
    firsts=np.zeros(1, np.int64),
    roles=np.empty(0, np.uint8),
    said=b"",
    ends=_NO_PLACES,
)


class _Turns(NamedTuple):
    """Turns of rows that may be plain."""

    opening: Places
    """The quote before the words of each."""
    closing: Places
    """The quote behind them."""
    roles: NDArray[np.uint8]


def plain_rows(text: bytes, starts: Places, ends: Places) -> PlainRows:
    """Return the plain chats among the lines of a text, which begin and end at these places."""
    if (kernel := loaded()) is not None:
        found = kernel.plain_rows(text, starts, ends, longest=LONGEST_LINE)
        turns = np.diff(found.firsts)
        places = np.arange(len(found.roles)) - np.repeat(found.firsts[:-1], turns)
        return PlainRows(orders=_orders(found.roles, places, found.firsts), **found._asdict())
    return _by_numpy(text, starts, ends)


def _by_numpy(text: bytes, starts: Places, ends: Places) -> PlainRows:
    """Return the same without the loops in C."""
    if not _is_utf8(text):
        return NONE
    codes = np.frombuffer(text, np.uint8)
    escapes = np.flatnonzero(codes == _BACKSLASH) if b"\\" in text else np.empty(0, np.int64)
    quotes = np.flatnonzero(codes == _QUOTE)
    if len(escapes):
        real = _unescaped(codes, quotes)
        if real is None:
            return NONE
        quotes = real
    at = np.searchsorted(quotes, np.concatenate((starts, ends[-1:])))
    count = np.diff(at)
    sound = (count > _QUOTES_OF_TURN) & (count % _QUOTES_OF_TURN == _QUOTES_OF_ROW)
    is_control = codes < _SPACE
    sound &= ends - starts <= LONGEST_LINE
    if np.count_nonzero(is_control) > len(ends) - 1:
        control = np.flatnonzero(is_control & (codes != _NEWLINE))
        sound[np.searchsorted(starts, control, side="right") - 1] = False
    lines = np.flatnonzero(sound)
    if not len(lines):
        return NONE
    turns = count[lines] // _QUOTES_OF_TURN
    firsts = np.cumsum(turns) - turns
    places = np.arange(turns.sum()) - np.repeat(firsts, turns)
    before = np.repeat(at[lines] + _QUOTES_OF_ROW + _KEYS_OF_TURN, turns)
    opening = quotes[before + _QUOTES_OF_TURN * places]
    closing = quotes[before + _QUOTES_OF_TURN * places + 1]
    kinds = _kinds(text, starts[lines], ends[lines], firsts, opening, closing)
    expected = np.full(len(opening), _GOES_ON)
    expected[firsts] = _BEGINS
    kept = np.logical_and.reduceat(kinds[: len(opening)] & ~_ROLE_OF == expected, firsts)
    kept &= kinds[len(opening) :] == _ENDS
    roles = (kinds[: len(opening)] & _ROLE_OF).astype(np.uint8)
    kept &= _answered(roles, places, firsts)
    found = _Turns(opening, closing, roles)
    said = _said(text, codes, escapes, turns, kept, found)
    which = np.repeat(kept, turns)
    lines, turns, roles, places = lines[kept], turns[kept], roles[which], places[which]
    borders = np.concatenate(([0], np.cumsum(turns)))
    return PlainRows(
        lines=lines,
        checks=_checks(text, starts[lines], ends[lines]),
        orders=_orders(roles, places, borders),
        firsts=borders,
        roles=roles,
        said=b"\0".join([*said, b""]),
        ends=np.cumsum(np.fromiter(map(len, said), np.int64, len(said)) + 1) - 1,
    )


def _checks(text: bytes, starts: Places, ends: Places) -> NDArray[np.uint64]:
    """Return the hash of each line."""
    view = memoryview(text)  # whose parts are not copied
    borders = zip(starts.tolist(), ends.tolist(), strict=True)
    return np.array([xxh64_intdigest(view[begin:end]) for begin, end in borders], np.uint64)


def _orders(roles: NDArray[np.uint8], places: Places, borders: Places) -> list[tuple[str, ...]]:
    """Return the names of the roles of each row."""
    if len(borders) < 2:
        return []
    shifts = np.minimum(places, _DIGITS_OF_ORDER - 1).astype(np.uint64) * _BITS_OF_ROLE
    digits = (roles + np.uint8(1)).astype(np.uint64) << shifts
    numbers = np.add.reduceat(digits, borders[:-1])
    long = np.flatnonzero(np.diff(borders) > _DIGITS_OF_ORDER)
    numbers[long] = 0
    orders = list(map(_order, numbers.tolist()))
    for row in long.tolist():
        orders[row] = tuple([ROLES[role] for role in roles[borders[row] : borders[row + 1]]])
    return orders


@lru_cache(maxsize=1024)
def _order(digits: int) -> tuple[str, ...]:
    """Return the names of roles that are written as a number, the first in its lowest bits."""
    names = []
    while digits:
        names.append(ROLES[(digits & 7) - 1])
        digits >>= 3
    return tuple(names)


def _answered(roles: NDArray[np.uint8], places: Places, firsts: Places) -> Flags:
    """Return in which rows somebody answers, and nobody before the first question."""
    never = len(places)
    answer = np.minimum.reduceat(np.where(roles == _ASSISTANT, places, never), firsts)
    question = np.minimum.reduceat(np.where(roles == _USER, places, never), firsts)
    answered: Flags = (answer < never) & ((question == never) | (question < answer))
    return answered


def _is_utf8(text: bytes) -> bool:
    """Return whether a text is UTF-8."""
    try:
        return text.isascii() or bool(text.decode())
    except UnicodeDecodeError:
        return False


def _unescaped(codes: NDArray[np.uint8], quotes: Places) -> Places | None:
    """Return the quotes that begin or end a string: an even run of backslashes stands before.

    None where a run is too long to be followed.
    """
    escaped = np.zeros(len(quotes), np.bool_)
    open_runs = np.flatnonzero(codes[quotes - 1] == _BACKSLASH)
    open_runs = open_runs[quotes[open_runs] > 0]
    for back in range(2, _LONGEST_RUN):
        if not len(open_runs):
            break
        escaped[open_runs] ^= True
        open_runs = open_runs[quotes[open_runs] >= back]
        open_runs = open_runs[codes[quotes[open_runs] - back] == _BACKSLASH]
    return None if len(open_runs) else quotes[~escaped]


def _kinds(
    text: bytes, starts: Places, ends: Places, firsts: Places, opening: Places, closing: Places
) -> Places:
    """Return what stands before the words of every turn, and then at the end of every row."""
    begins = np.empty(len(opening), np.int64)
    begins[1:] = closing[:-1]
    begins[firsts] = starts
    kinds = np.full(len(opening) + len(firsts), _OTHER)
    later = np.ones(len(opening), np.bool_)
    later[firsts] = False
    inner = np.flatnonzero(later)
    sizes = opening + 1 - begins
    _judge(text, begins, sizes, firsts, kinds)
    _judge(text, begins, sizes, inner, kinds)
    lasts = closing[np.append(firsts[1:], len(opening)) - 1]
    _judge(text, lasts, ends - lasts, np.arange(len(firsts)), kinds[len(opening) :])
    return kinds


def _judge(text: bytes, begins: Places, sizes: Places, places: Places, kinds: Places) -> None:
    """Note the kinds of some pieces of text; pieces of one size are mostly equal."""
    sizes = sizes[places]
    for size in np.flatnonzero(np.bincount(np.minimum(sizes, WIDTH + 1))[: WIDTH + 1]).tolist():
        some = places[sizes == size]
        windows = np.ndarray((len(text) - size + 1,), f"V{size}", text, strides=(1,))
        pieces = windows[begins[some]].tobytes()
        first = pieces[:size]
        if pieces == first * len(some):
            kinds[some] = _kind(first)
        else:
            kinds[some] = [_kind(pieces[at : at + size]) for at in range(0, len(pieces), size)]


@lru_cache(maxsize=1024)
def _kind(piece: bytes) -> int:
    """Return whether a piece begins a row, leads to its next turn or ends it, and whose turn."""
    for pattern, kind in ((_BEGINNING, _BEGINS), (_MIDDLE, _GOES_ON)):
        found = pattern.fullmatch(piece)
        if found and (role := found["role"].decode()) in _PLAIN_ROLES:
            return kind | ROLES.index(role)
    return _ENDS if _END.fullmatch(piece) else _OTHER


def _said(
    text: bytes,
    codes: NDArray[np.uint8],
    escapes: Places,
    turns: Places,
    kept: Flags,
    found: _Turns,
) -> list[bytes]:
    """Return the words of the kept rows.

    Rows with a blank question or a string that is none are struck from `kept`.
    """
    inside = np.searchsorted(found.opening, escapes, side="right") - 1
    inside = np.unique(inside[(inside >= 0) & (escapes < found.closing[inside])])
    inside = inside[np.repeat(kept, turns)[inside]]
    unwritten = _unwritten(text, found.opening[inside], found.closing[inside])
    read = dict(zip(inside.tolist(), unwritten, strict=True))
    rows = np.repeat(np.arange(len(turns)), turns)
    kept[rows[[turn for turn, words in read.items() if words is None]]] = False
    first = codes[found.opening + 1]
    odd = (first <= _SPACE) | (first == _QUOTE) | (first == _BACKSLASH) | (first >= _DELETE)
    for turn in np.flatnonzero(odd & (found.roles == _USER)).tolist():
        words = read.get(turn) or text[found.opening[turn] + 1 : found.closing[turn]]
        if not words.decode().strip():
            kept[rows[turn]] = False
    chosen = np.repeat(kept, turns)
    begins, ends = (found.opening[chosen] + 1).tolist(), found.closing[chosen].tolist()
    said = [text[begin:end] for begin, end in zip(begins, ends, strict=True)]
    after = np.cumsum(chosen)
    for turn in inside[chosen[inside]].tolist():
        said[after[turn] - 1] = read[turn] or b""
    return said


def _unwritten(text: bytes, opening: Places, closing: Places) -> list[bytes | None]:
    """Return what strings with escapes stand for; None for one that is no JSON string."""
    strings = [
        text[begin : end + 1] for begin, end in zip(opening.tolist(), closing.tolist(), strict=True)
    ]
    try:
        return [as_said(one) for one in _decode_texts(b"[" + b",".join(strings) + b"]")]
    except _UNREADABLE:
        return [_alone(string) for string in strings]


def _alone(string: bytes) -> bytes | None:
    """Return what one string stands for."""
    try:
        return as_said(_decode_texts(b"[" + string + b"]")[0])
    except _UNREADABLE:
        return None


def as_said(words: str) -> bytes:
    """Return words as a block holds them."""
    return words.encode().replace(b"\0", b"\1")


def check_of(line: bytes) -> int:
    """Return the hash of a line."""
    return xxh64_intdigest(line)
