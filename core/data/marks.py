"""Finds all that is no ASCII letter in a text, in one look that everything else starts from.

Words, separators, digits and signs are where letters are not, and four bytes in five of prose are
letters. So what one class of bytes needs is asked of a fifth of the text, by one table for all.
"""

from string import ascii_letters
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data.near.words import GAP, TABLE

Places = NDArray[np.int64]
Codes = NDArray[np.uint8]
Flags = NDArray[np.bool_]

SEPARATES: Final = 1
"""Stands between two words, as `core.data.near.words` has them."""
SIGN: Final = 2
"""Checks may start from it."""
UNTOKEN: Final = 4
"""Stands in no token; one may be broken by the end of a line, real or escaped."""
EDGE: Final = 8
"""An ASCII space of any kind, or the end of a turn."""
ODD_SPACE: Final = 16
"""An ASCII space that is not the usual one."""
CONTROL: Final = 32
"""A control byte that no text needs."""

ODD_SIGNS: Final = b"!#$%^*?@~&+"
"""Signs that words hardly ever hold."""
SIGNS: Final = b"0123456789:=-%@<[" + ODD_SIGNS
_ODD_SPACES: Final = b"\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f"
_IN_TOKENS: Final = b"0123456789_-~\r\n\\"
_NEEDED: Final = b"\0\t\n\r"
_SPACE, _DELETE, _LETTER, _LETTERS = 0x20, 0x7F, 0x61, 26


def _class(code: int) -> int:
    """Return the classes of a byte that is no letter."""
    return (
        SEPARATES * (TABLE[code] <= GAP)
        | SIGN * (code in SIGNS)
        | UNTOKEN * (code not in _IN_TOKENS)
        | EDGE * (code in b"\0 " or code in _ODD_SPACES)
        | ODD_SPACE * (code in _ODD_SPACES)
        | CONTROL * (code == _DELETE or (code < _SPACE and code not in _NEEDED))
    )


CLASSES: Final = bytes(0 if chr(code) in ascii_letters else _class(code) for code in range(256))
"""The classes of each byte; a letter has none."""
_CLASSES: Final = np.frombuffer(CLASSES, np.uint8)


class Marks(NamedTuple):
    """All bytes of a text that are no ASCII letters, in order."""

    places: Places
    """Where they stand."""
    codes: Codes
    """Which they are."""
    classes: Codes
    """What they are, as bits."""

    def which(self, wanted: int) -> Flags:
        """Return which of them are of a class."""
        chosen: Flags = (self.classes & np.uint8(wanted)) != 0
        return chosen

    def places_of(self, wanted: int) -> Places:
        """Return the places of a class."""
        places: Places = self.places.take(np.flatnonzero(self.which(wanted)))
        return places

    def ends(self) -> Places:
        """Return where turns end."""
        ends: Places = self.places[self.codes == 0]
        return ends


def marks_of(text: bytes) -> Marks:
    """Return the marks of a text."""
    codes = np.frombuffer(text, np.uint8)
    place_in_alphabet = codes | np.uint8(_SPACE)
    place_in_alphabet -= np.uint8(_LETTER)
    places = np.flatnonzero(place_in_alphabet >= _LETTERS)
    found = codes.take(places)
    return Marks(places, found, _CLASSES.take(found))
