"""Loads the loops in C and calls them with arrays; None stands for a machine without them."""

import ctypes
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.data.kernel.columns import (
    ChatTurns,
    Codes,
    Hashes,
    PhraseTable,
    Places,
    RowKeys,
    SignsOfText,
    TurnWords,
)

VERSION: Final = 9
"""Of what the loops take and give; what was built from another source is not loaded."""
FILE: Final = Path(__file__).with_name("kernel.so")
"""Built from the C files beside it when the package is installed, if the machine has a compiler."""
_SHORTEST_TURN: Final = 16
"""Fewer bytes than any turn has in a file."""
_SPILL: Final = 16
"""Bytes behind what is written that may be written too."""
_BINS: Final = 64
MOST_PHRASES: Final = 64
"""As many as a number has bits."""
_SLOTS_A_KEY: Final = 8


class Kernel:
    """The loops, which touch nothing but what they are given."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library

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

    def words(self, text: bytes, turns: int, classes: bytes) -> TurnWords:
        """Return the words of so many turns, the whole text, each of which ends with a NUL.

        `classes` say what each byte is.
        """
        out = np.empty(len(text) + _SPILL, np.uint8)
        ends, spaces, firsts = (np.empty(turns + 1, np.int64) for _ in range(3))
        hashes = np.empty(turns + 1, np.uint64)
        most, borders = len(text) // 2 + 2, np.empty(len(text) + 1, np.uint32)
        words, began = np.empty(most, np.uint64), np.empty(most, np.int64)
        made = np.empty(1, np.int64)
        size = self._call(
            "tf_words", text, len(text), turns, classes, out, borders,
            ends, spaces, hashes, firsts, words, began, made,
        )  # fmt: skip
        count = int(made[0])
        return TurnWords(
            text=out[:size].tobytes(),
            ends=ends[:-1],
            spaces=spaces[:-1],
            turns=hashes[:-1],
            firsts=firsts,
            words=words[:count],
            began=began[:count],
        )

    def spoken(self, text: bytes, table: bytes, base: int) -> tuple[Hashes, Places]:
        """Return the hash of every word of a text and where it begins.

        `table` says what each byte counts, 0 where it only separates.
        """
        most = len(text) // 2 + 1
        words, began = np.empty(most, np.uint64), np.empty(most, np.int64)
        count = self._call("tf_spoken", text, len(text), table, ctypes.c_uint64(base), words, began)
        return words[:count], began[:count]

    def keys(
        self, turns: Hashes, ends: Places, roles: Codes, trains: NDArray[np.bool_],
        firsts: Places, named: Hashes,
    ) -> RowKeys:  # fmt: skip
        """Return the keys of rows by the hashes of their turns; `named` are the keys of roles."""
        rows, most = len(firsts) - 1, len(turns)
        spoken, frame = np.empty(rows, np.uint64), np.empty(rows, np.uint64)
        owners, inputs = np.empty(most, np.int64), np.empty(most, np.uint64)
        answers = np.empty(most, np.uint64)
        count = self._call(
            "tf_keys", turns, ends, roles, trains, firsts, rows, named, spoken, frame, owners,
            inputs, answers,
        )  # fmt: skip
        return RowKeys(spoken, frame, owners[:count], inputs[:count], answers[:count])

    def phrases(
        self, words: Hashes, began: Places, text: bytes, table: PhraseTable
    ) -> tuple[Places, Hashes]:
        """Return which words begin phrases, and a bit for each that a word begins."""
        places, which = np.empty(len(words), np.int64), np.empty(len(words), np.uint64)
        count = self._call(
            "tf_phrases", words, began, len(words), text, len(text), *table,
            places, which,
        )  # fmt: skip
        return places[:count], which[:count]

    def pairs(self, text: bytes, pair: bytes) -> list[int]:
        """Return where a rare pair of bytes stands."""
        places = np.empty(len(text) // 2 + 1, np.int64)
        count = self._call("tf_pairs", text, len(text), pair, places, len(places))
        found: list[int] = places[:count].tolist()
        return found

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

    def in_runs(
        self, text: Codes, kinds: NDArray[np.bool_], places: Places, *, least: int
    ) -> NDArray[np.bool_]:
        """Return which places stand in a run of at least so many bytes of these kinds.

        The byte at a place itself may be of any kind.
        """
        inside = np.empty(len(places), np.bool_)
        self._call("tf_in_runs", text, len(text), kinds, least, places, len(places), inside)
        return inside

    def hashes(self, text: bytes, begins: Places, stops: Places) -> Hashes:
        """Return the hash of each part of a text."""
        made = np.empty(len(begins), np.uint64)
        self._call("tf_hashes", text, begins, stops, len(begins), made)
        return made

    def places_of(self, text: bytes, byte: bytes) -> Places:
        """Return the places of a rare byte."""
        count = self._call("tf_count", text, len(text), byte[0])
        places = np.empty(count, np.int64)
        self._call("tf_places", text, len(text), byte[0], places, len(places))
        return places

    def sketches(self, signatures: NDArray[np.uint32]) -> Hashes:
        """Return the last three bits of the first 63 places of each signature, (rows, 3)."""
        made = np.empty((len(signatures), 3), np.uint64)
        self._call("tf_sketches", signatures, len(signatures), made)
        return made

    def bands(self, signatures: NDArray[np.uint32], first: int, keys: NDArray[np.uint32]) -> None:
        """Write the keys of some bands of four places, (bands, rows), from a first band on."""
        bands, rows = keys.shape
        for band in range(bands):
            self._call("tf_band", signatures, rows, first + band, keys[band])

    def repeated(self, keys: NDArray[np.uint32]) -> Places:
        """Return the places of all keys that stand there twice, and of a few others."""
        bits = min((_SLOTS_A_KEY * len(keys)).bit_length(), 32)
        seen, again = (np.zeros(max(1 << bits >> 6, 1), np.uint64) for _ in range(2))
        places = np.empty(len(keys) + 1, np.int64)
        return places[
            : self._call("tf_repeated", keys, len(keys), bits, seen, again, places)
        ].copy()

    def read_rows(self, file: int, size: int, places: Places) -> bytes:
        """Return rows of so many bytes of a file, given by its descriptor, in this order.

        Where one cannot be read the rows end before it.
        """
        rows = np.empty(size * len(places), np.uint8)
        read = self._call("tf_read_rows", file, size, places, len(places), rows)
        return rows[: read * size].tobytes()

    def _call(self, name: str, *given: Any) -> int:
        """Call a loop; arrays are given whole, one number after the other."""
        loop = getattr(self._library, name)
        loop.restype = ctypes.c_int64  # of a loop that returns nothing nobody looks at it
        returned: int = loop(*map(_as_c, given))
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
