"""Text that a chat template would take for its own marks."""

import re
from collections.abc import Iterator
from functools import cache

from core.data.asked import Asked
from core.data.block import Block
from core.data.checking import Check
from core.data.rows import Fault
from core.text_safety import clip, visible

CHECK = Check(
    id="special_token",
    severity="high",
    message="The text holds marks that steer a model; trained on, they end or forge turns.",
    remedy="Escape or remove the mark.",
)
_KNOWN = (
    re.compile(
        rb"<(?:\|[A-Za-z0-9_]{2,40}\|>|</?[Ss][Yy][Ss]>>|/?[Ss]>|(?:[Ss][Tt][Aa][Rr][Tt]|[Ee][Nn][Dd])"
        rb"_[Oo][Ff]_[Tt][Uu][Rr][Nn]>|(?:[Bb][Oo][Ss]|[Ee][Oo][Ss]|[Pp][Aa][Dd])>)"
    ),
    re.compile(rb"\[/?[Ii][Nn][Ss][Tt]\]"),
)
"""Case is spelled out: the search then skips from one bracket to the next."""


def find(block: Block, asked: Asked) -> Iterator[Fault]:
    """Yield each turn with a mark, naming the first."""
    known = _of(asked.marks) if asked.marks else _KNOWN
    last = -1
    for at, mark in sorted(
        (found.start(), found[0]) for one in known for found in one.finditer(block.text)
    ):
        if at < last:
            continue
        turn = block.turn_at(at)
        last = turn.end
        yield Fault(
            check=CHECK.id,
            row=turn.row,
            path=turn.path,
            message=f"holds {clip(visible(mark.decode(errors='replace')), 60)}",
        )


@cache
def _of(marks: tuple[str, ...]) -> tuple[re.Pattern[bytes], ...]:
    """Return what finds the special tokens of a tokenizer."""
    longest = sorted(marks, key=len, reverse=True)
    return (re.compile(b"|".join(re.escape(mark.encode()) for mark in longest)),)
