"""What changed between two texts, word by word."""

import re
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

Change = Literal["same", "added", "removed"]
_WORD = re.compile(r"\s+|\w+|[^\w\s]")
_LIMIT = 2_000
"""Words of each text that are compared; what comes after is shown as replaced."""


class Piece(NamedTuple):
    """A part of both texts, or of one of them."""

    change: Change
    text: str


def word_diff(before: str, after: str) -> tuple[Piece, ...]:
    """Return the pieces in reading order: a removed piece stands before what took its place."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    matcher = SequenceMatcher(None, old[:_LIMIT], new[:_LIMIT], autojunk=False)
    pieces: list[Piece] = []
    for kind, i, j, m, n in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", "".join(new[m:n])))
            continue
        if i < j:
            pieces.append(Piece("removed", "".join(old[i:j])))
        if m < n:
            pieces.append(Piece("added", "".join(new[m:n])))
    if rest := "".join(old[_LIMIT:]):
        pieces.append(Piece("removed", rest))
    if rest := "".join(new[_LIMIT:]):
        pieces.append(Piece("added", rest))
    return tuple(pieces)
