"""Cheap looks at a whole block that say where a rule could match at all.

Each gate is anchored on what is rare in text: seven digits close together, a run of twenty token
characters, colons a few bytes apart. numpy looks at all bytes at once, at gigabytes a second where
a regular expression that begins with a character class reaches tens to hundreds of megabytes.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data.kernel.columns import SignsOfText
from core.data.kernel.library import loaded
from core.data.marks import CLASSES, CONTROL, ODD_SIGNS, SIGN, UNTOKEN, marks_of

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

_PLAIN = b"abcdefghijklmnopqrstuvwxyz_-~\r\n\\"
"""A run of nothing else is an identifier or a rule; every token has a digit or a capital."""

# What ends the words that announce a secret: password, pwd, secret, token, key, credentials, pass,
# authorization, and the value of a name.
_LAST_TWO = (b"rd", b"wd", b"et", b"en", b"ey", b"ls", b"ss", b"se", b"rt", b"on", b"ue")
_ENDS_WORD = np.zeros(65536, dtype=bool)
for _pair in _LAST_TWO:
    for _form in (_pair, _pair.upper()):
        _ENDS_WORD[_form[0] << 8 | _form[1]] = True
_SKIPPED = np.zeros(256, dtype=bool)
_SKIPPED[list(b" \"'\\`")] = True
_IS_ODD = np.zeros(256, dtype=bool)
_IS_ODD[list(ODD_SIGNS)] = True


class Window(NamedTuple):
    """A stretch of the block that a gate let through."""

    start: int
    """Offset of its first byte."""
    end: int
    """Offset after its last byte."""


def as_array(text: bytes) -> Bytes:
    """Return the bytes as numbers, without a copy."""
    return np.frombuffer(text, dtype=np.uint8)


class Signs:
    """Where the signs of a text stand from which gates start; one look finds all of them."""

    def __init__(self, text: bytes) -> None:
        self.codes = as_array(text)
        """The bytes of the text."""
        found = _found(text)
        self._places, self._kinds = found.places, found.codes
        self.runs = found.runs
        """Begin and end of every run of at least twenty characters that tokens hold."""
        self.has_controls = found.has_controls
        """Whether it holds a control byte that no text needs."""
        self.digits: Places = self._places[(self._kinds - 48) < 10]
        """Where digits stand."""

    def of(self, sign: bytes) -> Places:
        """Return the places of one of the signs."""
        places: Places = self._places[self._kinds == sign[0]]
        return places

    def odd(self) -> Places:
        """Return the places of signs that words hardly ever hold."""
        places: Places = self._places[_IS_ODD[self._kinds]]
        return places

    def followed(self, sign: bytes, by: bytes) -> list[int]:
        """Return those of its places whose next two bytes are these, as in `://` and `%40`."""
        codes, places = self.codes, self.of(sign)
        inner = places[places < len(codes) - 2]
        found: list[int] = inner[(codes[inner + 1] == by[0]) & (codes[inner + 2] == by[1])].tolist()
        return found


def _found(text: bytes) -> SignsOfText:
    """Return where all signs stand."""
    if (kernel := loaded()) is not None:
        return kernel.signs(text, CLASSES, least=RUN)
    marks = marks_of(text)
    signs = np.flatnonzero(marks.which(SIGN))
    between = np.concatenate(([-1], marks.places_of(UNTOKEN), [len(text)]))
    wide = np.flatnonzero(between[1:] - between[:-1] > RUN)
    return SignsOfText(
        places=marks.places.take(signs),
        codes=marks.codes.take(signs),
        runs=np.stack((between[wide] + 1, between[wide + 1]), axis=1).reshape(-1),
        has_controls=bool(marks.which(CONTROL).any()),
    )


def digit_windows(signs: Signs) -> list[Window]:
    """Return stretches in which at least seven digits stand close together."""
    places = signs.digits
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


def long_runs(text: bytes, signs: Signs) -> Iterator[Window]:
    """Yield every run of at least twenty token characters with a digit or capital among them."""
    for start, end in signs.runs.reshape(-1, 2).tolist():
        if text[start:end].translate(None, _PLAIN):
            yield Window(start, end)


def armour(text: bytes, signs: Signs, words: bytes) -> Iterator[int]:
    """Yield every place of words that stand between five dashes in a row."""
    dashes = signs.of(b"-")
    if (dashes[4:] - dashes[:-4] == 4).any():
        yield from places_of(text, words)


def keyword_marks(signs: Signs) -> list[int]:
    """Return places of `=` and `:` that follow a word which may announce a secret."""
    codes = signs.codes
    marks = np.concatenate((signs.of(b"="), signs.of(b":")))
    marks = marks[marks > 2]
    before = marks - 1
    for _ in range(4):  # quotes, a backslash and a space may stand between
        before = np.maximum(before - _SKIPPED[codes[before]], 1)
    ends = codes[before - 1].astype(np.uint16) << 8 | codes[before]
    return [int(place) for place in marks[_ENDS_WORD[ends]]]


def quads(signs: Signs) -> list[int]:
    """Return places of the first dot of three that stand like those of an IPv4 address."""
    codes = signs.codes
    dots = signs.digits[signs.digits < len(codes) - 2] + 1
    dots = dots[(codes[dots] == 46) & ((codes[dots + 1] - 48) < 10)]
    return [int(place) for place in dots[:-2][(dots[2:] - dots[:-2]) <= 8]]


def colon_trains(signs: Signs) -> list[int]:
    """Return places of the first of three colons close together, or of `::`."""
    colons = signs.of(b":")
    three = colons[:-2][(colons[2:] - colons[:-2]) <= 10]
    double = colons[:-1][(colons[1:] - colons[:-1]) == 1]
    return sorted({*three.tolist(), *double.tolist()})


def dash_trains(signs: Signs) -> list[int]:
    """Return places of the first of five dashes that stand three bytes apart."""
    dashes = signs.of(b"-")
    return [int(place) for place in dashes[:-4][(dashes[4:] - dashes[:-4]) == 12]]


def places_of(text: bytes, sign: bytes) -> Iterator[int]:
    """Yield every place of a rare sign."""
    place = text.find(sign)
    while place >= 0:
        yield place
        place = text.find(sign, place + 1)
