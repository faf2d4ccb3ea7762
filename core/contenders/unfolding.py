"""Turns tokens into text as they come: only what later tokens cannot change is told."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TypeAlias

Told: TypeAlias = Callable[[int, str], None]
"""Gets the place of an answer and its next piece of text."""
_TORN = "\ufffd"
"""What stands for the bytes of a character that has not come whole."""


class Unfolding:
    """Some answers at once; the pieces of each add up to its whole text."""

    def __init__(self, decode: Callable[[Sequence[int]], str], told: Told) -> None:
        self._decode = decode
        self._told = told
        self._tokens: dict[int, list[int]] = defaultdict(list)
        self._said: dict[int, str] = defaultdict(str)

    def hear(self, place: int, token: int) -> None:
        """Take the next token of an answer and tell what is certain.

        The newest token's text is held back: a decoder may still join or drop a space there.
        """
        tokens = self._tokens[place]
        text = self._decode(tokens)
        tokens.append(token)
        if not text.endswith(_TORN):
            self._tell(place, text)

    def end(self, place: int, text: str) -> None:
        """Tell the rest of an answer whose whole text is known."""
        self._tell(place, text)

    def _tell(self, place: int, text: str) -> None:
        said = self._said[place]
        if len(text) > len(said) and text.startswith(said):
            self._said[place] = text
            self._told(place, text[len(said) :])
