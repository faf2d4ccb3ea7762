"""Cheap looks at a whole block that say where a rule could match at all.

Each gate is anchored on what is rare in text: seven digits close together, a run of twenty token
characters, colons a few bytes apart. numpy looks at all bytes at once, at gigabytes a second where
a regular expression that begins with a character class reaches tens to hundreds of megabytes.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Places = NDArray[np.intp]

DIGITS = 7
"""Fewest digits of anything that digit rules look for."""
DIGITS_WITHIN = 14
"""Bytes in which that many digits stand, separators included (`67 BMAG 0000 1`)."""
RUN = 20
"""Fewest token characters in a row in any token family."""
_APART = 3
"""Digit windows closer than this are one."""

_TOKEN_CHARACTERS = (
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-~"
    b"\r\n\\"  # a token may be broken by the end of a line, real or escaped
)
_IS_TOKEN = bytes(1 if code in _TOKEN_CHARACTERS else 0 for code in range(256))
_PLAIN = b"abcdefghijklmnopqrstuvwxyz_-~\r\n\\"
"""A run of nothing else is an identifier or a rule; every token has a digit or a capital."""
_FOUR = np.uint32(0x01010101)

# What ends the words that announce a secret: password, pwd, secret, token, key, credentials, pass,
# authorization, and the value of a name.
_LAST_TWO = (b"rd", b"wd", b"et", b"en", b"ey", b"ls", b"ss", b"se", b"rt", b"on", b"ue")
_ENDS_WORD = np.zeros(65536, dtype=bool)
for _pair in _LAST_TWO:
    for _form in (_pair, _pair.upper()):
        _ENDS_WORD[_form[0] << 8 | _form[1]] = True
_SKIPPED = np.zeros(256, dtype=bool)
_SKIPPED[list(b" \"'\\`")] = True


_CLASS = np.zeros(256, dtype=np.uint8)
_CLASS[list(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")] = 1
_CLASS[list(b"0123456789")] = 2
_SIGN, _JOINS = 4, 8
_CLASS[list(b"!#$%^*?@~&+")] = _SIGN
_CLASS[list(b"_-.")] = _JOINS
_ODD = np.zeros(16, dtype=bool)
_ODD[[3, 6]] = True
"""A digit beside a letter or a sign; a sign beside a letter alone ends half of all sentences."""


_CLOSE = 4
_ODD_AT_ONCE = 1 << 12
_AROUND = np.arange(-72, 48)
_LOWER = np.frombuffer(bytes(range(256)).lower(), dtype=np.uint8).astype(np.uint16)
_HINTS = (
    *(
        "pas",
        "pwd",
        "pw:",
        "pw=",
        "pw ",
        "key",
        "tok",
        "sec",
        "mdp",
        "nnw",
        "htw",
        "tra",
        "nha",
        "ola",
        "lav",
    ),
    *("cha", "iav", "eut", "luc", "yck", "kke", "esl", "as\u0142", "asl", "eno", "asa", "gsk"),
    *("lsz", "zin", "ifr", "jet", "ulc", "nah", "\u00fcs", "hlu", "l\u00e9", "ede", "sql"),
    *(
        "curl",
        "/us",
        "fie",
        "ndi",
        "zug",
        "log",
        "ode",
        "apse",
        "s-c",
        "psk",
        "net",
        "ech",
        "asw",
        "smb",
        "cre",
        "epp",
        "ker",
        "ngo",
        "uth",
        "bea",
        "ifi",
        "\u1ead",
        "\u043f\u0430\u0440",
        "\u041f\u0430\u0440",
    ),
    *("\u043a\u043b\u044e", "\u041a\u043b\u044e", "\u0442\u043e\u043a", "\u0422\u043e\u043a"),
    *("\u03c9\u03b4", "\u03bb\u03b5\u03b9", "\u5bc6", "\u53e3", "\u4ee4", "\u30ef", "\u30ad"),
    *("\u30c8", "\ubc00", "\uc554", "\ud0a4", "\ud1a0", "\u0631\u0645", "\u0643\u0644"),
    *("\u0645\u0641", "\u05e1\u05d9", "\u05de\u05e4", "\u092a\u093e", "kl\u00ed", "kli"),
)
"""What every word that announces a secret holds; the first three bytes of each are looked for."""
_HINT_FIRST, _HINT_LAST = np.zeros((2, 65536), dtype=np.uint64)
for _number, _hint in enumerate(_HINTS):
    _three = _hint.encode()[:3].ljust(3)
    _bit = np.uint64(1 << _number % 64)
    _HINT_FIRST[_three[0] << 8 | _three[1]] |= _bit
    _HINT_LAST[_three[1] << 8 | _three[2]] |= _bit


class Window(NamedTuple):
    """A stretch of the block that a gate let through."""

    start: int
    """Offset of its first byte."""
    end: int
    """Offset after its last byte."""


def as_array(text: bytes) -> Bytes:
    """Return the bytes as numbers, without a copy."""
    return np.frombuffer(text, dtype=np.uint8)


def digit_windows(codes: Bytes) -> list[Window]:
    """Return stretches in which at least seven digits stand close together."""
    places = np.flatnonzero((codes - 48) < 10)
    if len(places) < DIGITS:
        return []
    first, last = places[: 1 - DIGITS], places[DIGITS - 1 :]
    dense = np.flatnonzero((last - first) < DIGITS_WITHIN)
    if not len(dense):
        return []
    starts, ends = first[dense], last[dense] + 1
    breaks = np.flatnonzero(starts[1:] > ends[:-1] + _APART) + 1
    heads = np.concatenate(([0], breaks))
    tails = np.concatenate((breaks - 1, [len(starts) - 1]))
    return list(map(Window, starts[heads].tolist(), ends[tails].tolist()))


def long_runs(text: bytes) -> Iterator[Window]:
    """Yield every run of at least twenty token characters with a digit or capital among them.

    A run of twenty covers four aligned words of four bytes wherever it begins, so only every
    fourth byte position is looked at.
    """
    classes = text.translate(_IS_TOKEN)
    words = np.frombuffer(classes, dtype=np.uint32, count=len(classes) // 4) == _FOUR
    pairs = words[:-1] & words[1:]
    done = 0
    for word in np.flatnonzero(pairs[:-2] & pairs[2:]).tolist():
        place = word * 4
        if place < done:
            continue
        start = classes.rfind(b"\0", 0, place) + 1
        done = classes.find(b"\0", place)
        if done < 0:
            done = len(classes)
        if done - start >= RUN and text[start:done].translate(None, _PLAIN):
            yield Window(start, done)


def all_of(codes: Bytes, sign: bytes) -> Places:
    """Return the places of a sign that is not rare but that several gates start from."""
    return np.flatnonzero(codes == sign[0])


def followed(codes: Bytes, places: Places, by: bytes) -> list[int]:
    """Return those of the places whose next two bytes are these, as in `://` and `%40`."""
    inner = places[places < len(codes) - 2]
    return [int(at) for at in inner[(codes[inner + 1] == by[0]) & (codes[inner + 2] == by[1])]]


def keyword_marks(codes: Bytes, colons: Places) -> list[int]:
    """Return places of `=` and `:` that follow a word which may announce a secret."""
    marks = np.concatenate((np.flatnonzero(codes == 61), colons))
    marks = marks[marks > 2]
    before = marks - 1
    for _ in range(4):  # quotes, a backslash and a space may stand between
        before = np.maximum(before - _SKIPPED[codes[before]], 1)
    ends = codes[before - 1].astype(np.uint16) << 8 | codes[before]
    return [int(place) for place in marks[_ENDS_WORD[ends]]]


def quads(codes: Bytes) -> list[int]:
    """Return places of the first dot of three that stand like those of an IPv4 address."""
    dots = _between_digits(codes, 46)
    return [int(place) for place in dots[:-2][(dots[2:] - dots[:-2]) <= 8]]


def colon_trains(colons: Places) -> list[int]:
    """Return places of the first of three colons close together, or of `::`."""
    three = colons[:-2][(colons[2:] - colons[:-2]) <= 10]
    double = colons[:-1][(colons[1:] - colons[:-1]) == 1]
    return sorted({*three.tolist(), *double.tolist()})


def dash_trains(codes: Bytes) -> list[int]:
    """Return places of the first of five dashes that stand three bytes apart."""
    dashes = np.flatnonzero(codes == 45)
    return [int(place) for place in dashes[:-4][(dashes[4:] - dashes[:-4]) == 12]]


def odd_words(codes: Bytes) -> list[int]:
    """Return places where a digit stands beside a letter or sign and an announcing word is near."""
    classes = _CLASS[codes]
    odd = _ODD[np.bitwise_or(classes[1:], classes[:-1])]
    # So does a sign between two letters, and what joins a letter and a digit.
    odd[:-1] |= (classes[1:-1] == _SIGN) & (classes[2:] == 1) & (classes[:-2] == 1)
    odd[:-1] |= (classes[1:-1] == _JOINS) & (classes[2:] == 2) & (classes[:-2] == 1)
    odd = np.flatnonzero(odd) + 1
    if not len(odd):
        return []
    # One place stands for those that are close, so that crowds of digits are cheap.
    odd = odd[np.diff(odd, prepend=-_CLOSE) >= _CLOSE]
    found: list[int] = []
    for begin in range(0, len(odd), _ODD_AT_ONCE):
        some = odd[begin : begin + _ODD_AT_ONCE]
        near = np.clip(some[:, None] + _AROUND, 0, len(codes) - 1)
        pairs = _LOWER[codes[near]]
        pairs = pairs[:, :-1] << 8 | pairs[:, 1:]
        hints = _HINT_FIRST[pairs[:, :-1]] & _HINT_LAST[pairs[:, 1:]]
        found += some[hints.any(axis=1)].tolist()
    return found


def places_of(text: bytes, sign: bytes) -> Iterator[int]:
    """Yield every place of a rare sign."""
    place = text.find(sign)
    while place >= 0:
        yield place
        place = text.find(sign, place + 1)


def _between_digits(codes: Bytes, code: int) -> Places:
    places = np.flatnonzero(codes[1:-1] == code) + 1
    digits = ((codes[places - 1] - 48) < 10) & ((codes[places + 1] - 48) < 10)
    return places[digits]
