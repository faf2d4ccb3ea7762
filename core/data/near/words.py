"""Defines what a word is for likeness, once, for the exact and for the fast comparison.

A word is a run of bytes that are no separator. Separators are spaces, control bytes and the marks
of prose (`, . ; : ! ?`, quotes, brackets, and the `*`, backtick and `#` of Markdown); operators
stay, so that `2 + 3` is not `2 - 3`. ASCII letters lose their case. Other scripts are brought to
compatible, caseless characters, and a character of a script that is written without spaces
(Chinese, Japanese, Thai, Lao, Tibetan, Burmese, Khmer) is a word of its own.

A shingle is five words in a row inside one turn; the words of a shorter turn are one shingle. So
turns under five words are alike only when they are equal.
"""

import re
import unicodedata
from collections.abc import Iterable

from core.data.rows import Example

NEAR = 0.7
"""Rows whose shingles overlap this much (Jaccard) are near-duplicates."""
WORDS = 5
"""Words in a shingle."""
TURN = b"\0"
"""Stands between two turns, and between two rows of a block."""
GAP = 32
"""What separators become; every byte of a word is larger, TURN is smaller."""

_SEPARATORS = bytes(range(33)) + b"\x7f" + b",.;:!?\"'()[]{}*`#"
_SYSTEM = {"system", "developer"}


def _table() -> bytes:
    """Return what each byte becomes: its lower case, a gap, or the border of a turn."""
    table = bytearray(bytes(range(256)).lower())
    for byte in _SEPARATORS:
        table[byte] = GAP
    table[TURN[0]] = TURN[0]
    return bytes(table)


TABLE = _table()
"""What each byte of a text becomes."""
LONE = re.compile(rb"(?:[\xe3-\xe9]|\xe0(?=[\xb8-\xbf])|\xe1(?=[\x80-\x82\x9e\x9f]))[\x80-\xbf]{2}")
"""One character of a script that is written without spaces, in UTF-8."""
_FOREIGN = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+")
_MARKS = re.compile(
    "[\u00a1\u00ab\u00bb\u00bf\u2010-\u2027\u2030-\u205e\u3001-\u3003\u3008-\u3011]"
)


def spoken(example: Example) -> str:
    """Return what is said in a row, turn by turn, system turns left out."""
    return "\0".join(m.text for m in example.messages if m.role not in _SYSTEM)


def prepared(text: str) -> bytes:
    """Return the text as bytes whose case alone is still open; the cost is in foreign letters."""
    if text.isascii():
        return text.encode()
    return _FOREIGN.sub(_compatible, text).encode(errors="replace")


def _compatible(run: re.Match[str]) -> str:
    """Return letters beyond ASCII, with the one they may combine with, in their plain form."""
    return _MARKS.sub(" ", unicodedata.normalize("NFKC", run[0]).casefold())


def shingle_set(text: bytes) -> frozenset[bytes]:
    """Return the shingles of a prepared text; empty where it has no word."""
    turns = LONE.sub(rb" \g<0> ", text.translate(TABLE)).split(TURN)
    return frozenset(_runs(turns))


def _runs(turns: Iterable[bytes]) -> Iterable[bytes]:
    """Yield every run of five words of every turn, or the words of a shorter one."""
    for turn in turns:
        words = turn.split()
        if words:
            last = max(len(words) - WORDS, 0)
            yield from (b" ".join(words[at : at + WORDS]) for at in range(last + 1))


def jaccard(left: frozenset[bytes], right: frozenset[bytes]) -> float:
    """Return shared shingles over all shingles; 0 where a row has none."""
    shared = len(left & right)
    return shared / (len(left) + len(right) - shared) if shared else 0.0
