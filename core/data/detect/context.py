"""The words just before a number, which decide what the number is."""

import re

_TURN_END = 0
_REACH = 48
"""Bytes of text before a number that may speak about it."""


def words_before(text: bytes, start: int, reach: int = _REACH) -> bytes:
    """Return the lower-case text before a place, from its own turn only."""
    return text[max(0, start - reach) : start].rpartition(b"\0")[2].lower()


def announced(pattern: re.Pattern[bytes], text: bytes, start: int) -> bool:
    """Return whether a cue word stands in the text just before."""
    return pattern.search(words_before(text, start)) is not None


def split_words(lower: bytes) -> list[bytes]:
    """Return the words of a lower-case text, letters of other scripts counting as letters."""
    return lower.translate(_LETTERS).split()


def word_at_end(lower: bytes) -> bytes:
    """Return the word that a number directly after this text would belong to, or nothing."""
    trimmed = lower.rstrip(b" \n.:#=-(\"'*_")
    words = split_words(trimmed)
    return words[-1] if words and trimmed.endswith(words[-1]) else b""


_LETTERS = bytes(code if 97 <= code <= 122 or code >= 128 else 32 for code in range(256))
