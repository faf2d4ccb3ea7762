"""Loads the loops in C and calls them with arrays; None stands for a machine without them."""

import ctypes
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Codes = NDArray[np.uint8]

VERSION: Final = 1
"""Of what the loops take and give; what was built from another source is not loaded."""
FILE: Final = Path(__file__).with_name("kernel.so")
"""Built from the C files beside it when the package is installed, if the machine has a compiler."""
_SHORTEST_TURN: Final = 16
"""Fewer bytes than any turn has in a file."""
_SPILL: Final = 16
"""Bytes behind what is written that may be written too."""
_BINS: Final = 64


class ChatTurns(NamedTuple):
    """The plain chats among some lines; the first three are of rows, the others of turns."""

    lines: Places
    """Which lines they are, from 0."""
    checks: Hashes
    """Hash of each line."""
    firsts: Places
    """Its first turn; one more entry than there are rows."""
    said: bytes
    """The words of every turn in UTF-8, each followed by a NUL."""
    ends: Places
    """Where these NULs stand."""
    roles: Codes


class TurnWords(NamedTuple):
    """Turns as they are compared, and their words."""

    text: bytes
    ends: Places
    spaces: Places
    """How many spaces each turn has."""
    turns: Hashes
    firsts: Places
    """The word that each turn begins with, and one more for the end."""
    words: Hashes
    began: Places
    """The byte that each word begins with."""


class SignsOfText(NamedTuple):
    """Where signs stand in a text."""

    places: Places
    codes: Codes
    runs: Places
    """Begin and end of each long run of what tokens may hold, in turn."""
    has_controls: bool
    """Whether a control byte is there that no text needs."""


class Kernel:
    """The loops, which touch nothing but what they are given."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        for name in ("tf_plain_rows", "tf_words", "tf_likely"):
            getattr(library, name).restype = ctypes.c_int64

    def plain_rows(self, text: bytes, begins: Places, stops: Places, *, longest: int) -> ChatTurns:
        """Return the plain chats among the lines of a text, which begin and end at these places."""
        count, most = len(begins), len(text) // _SHORTEST_TURN + 1
        lines, firsts = np.empty(count, np.int64), np.empty(count + 1, np.int64)
        checks = np.empty(count, np.uint64)
        said, ends = np.empty(len(text) + _SPILL, np.uint8), np.empty(most, np.int64)
        roles, made = np.empty(most, np.uint8), np.empty(2, np.int64)
        rows = self._call(
            "tf_plain_rows", text, begins, stops, count, longest,
            lines, checks, firsts, said, ends, roles, made,
        )  # fmt: skip
        turns, size = made.tolist()
        return ChatTurns(
            lines=lines[:rows],
            checks=checks[:rows],
            firsts=firsts[: rows + 1],
            said=said[:size].tobytes(),
            ends=ends[:turns],
            roles=roles[:turns],
        )

    def words(self, text: bytes, classes: bytes) -> TurnWords:
        """Return the words of turns that each end with a NUL; `classes` say what each byte is."""
        turns = text.count(b"\0")
        out = np.empty(len(text) + _SPILL, np.uint8)
        ends, spaces, firsts = (np.empty(turns + 1, np.int64) for _ in range(3))
        hashes = np.empty(turns + 1, np.uint64)
        most, borders = len(text) // 2 + 2, np.empty(len(text) + 1, np.uint32)
        words, began = np.empty(most, np.uint64), np.empty(most, np.int64)
        made = np.empty(1, np.int64)
        size = self._call(
            "tf_words", text, len(text), classes, out, borders,
            ends, spaces, hashes, firsts, words, began, made,
        )  # fmt: skip
        count = int(made[0])
        return TurnWords(
            text=out[:size].tobytes(),
            ends=ends[:turns],
            spaces=spaces[:turns],
            turns=hashes[:turns],
            firsts=firsts,
            words=words[:count],
            began=began[:count],
        )

    def likely(
        self, words: Hashes, began: Places, text: bytes, *tables: NDArray[np.bool_]
    ) -> Places:
        """Return which words may begin a phrase, by the tables of what phrases begin with."""
        found = np.empty(len(words), np.int64)
        count = self._call("tf_likely", words, began, len(words), text, *tables, found)
        return found[:count]

    def signatures(
        self, words: Hashes, firsts: Places, rows: Places, silent: NDArray[np.bool_], base: int
    ) -> NDArray[np.uint32]:
        """Return a signature for each row of turns of words; `silent` turns are left out."""
        made = np.empty((len(rows) - 1, _BINS), np.uint32)
        self._call(
            "tf_signatures", words, firsts, rows, len(made), silent, ctypes.c_uint64(base), made
        )
        return made

    def signs(self, text: bytes, classes: bytes, *, least: int) -> SignsOfText:
        """Return where signs stand, and the runs of at least so many bytes that tokens may hold.

        So many are 15 or more.
        """
        places, runs = (np.empty(len(text) + 1, np.uint32) for _ in range(2))
        made = np.empty(3, np.int64)
        self._call("tf_signs", text, len(text), classes, least, places, runs, made)
        signs, borders, control = made.tolist()
        found = places[:signs].astype(np.int64)
        codes = np.frombuffer(text, np.uint8).take(found)
        return SignsOfText(found, codes, runs[:borders].astype(np.int64), bool(control))

    def hashes(self, text: bytes, begins: Places, stops: Places) -> Hashes:
        """Return the hash of each part of a text."""
        made = np.empty(len(begins), np.uint64)
        self._call("tf_hashes", text, begins, stops, len(begins), made)
        return made

    def _call(self, name: str, *given: Any) -> int:
        """Call a loop; arrays are given whole, one number after the other."""
        returned: int = getattr(self._library, name)(*map(_as_c, given))
        return returned


def _as_c(given: Any) -> Any:
    """Return a number or an array as C takes it."""
    if isinstance(given, np.ndarray):
        assert given.flags.c_contiguous
        return ctypes.c_void_p(given.ctypes.data)
    return ctypes.c_int64(given) if isinstance(given, int) else given


@cache
def loaded() -> Kernel | None:
    """Return the loops, None where they were not built or from another source."""
    try:
        library = ctypes.CDLL(str(FILE))
        return Kernel(library) if library.tf_version() == VERSION else None
    except (OSError, AttributeError):
        return None
