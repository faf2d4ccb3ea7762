"""Text that a chat template would take for its own marks."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import groupby

from core.data.asked import Asked
from core.data.block import Block
from core.data.checking import Check
from core.data.rows import Fault, raised
from core.text_safety import clip, visible

CHECK = Check(
    id="special_token",
    severity="high",
    message="The text holds marks that steer a model; trained on, they end or forge turns.",
    remedy="Escape or remove the mark.",
    bars=False,
)
_KNOWN = (
    re.compile(
        rb"<(?:\|[A-Za-z0-9_]{2,40}\|>|</?[Ss][Yy][Ss]>>|/?[Ss]>|(?:[Ss][Tt][Aa][Rr][Tt]|[Ee][Nn][Dd])"
        rb"_[Oo][Ff]_[Tt][Uu][Rr][Nn]>|(?:[Bb][Oo][Ss]|[Ee][Oo][Ss]|[Pp][Aa][Dd])>)"
    ),
    re.compile(rb"\[/?[Ii][Nn][Ss][Tt]\]"),
)
"""Case is spelled out: the search then skips from one bracket to the next."""


_GO_ON = {b"<": b"|</SsEeBbPp", b"[": b"/Ii"}
"""What the second byte of a known mark may be, by its first."""
_ALSO_PLAIN = frozenset({b"<s>", b"</s>", b"<pad>", b"<bos>", b"<eos>"})
"""Marks that pages and programs hold as well, so that only a tokenizer makes them certain."""


def find(block: Block, asked: Asked) -> Iterator[Fault]:
    """Yield each turn with a mark, naming the worst; worse by one step where the loss sees it."""
    known = _of(asked.marks) if asked.marks else _KNOWN if _may_hold_one(block) else ()
    marks = sorted((found.start(), found[0]) for one in known for found in one.finditer(block.text))
    for _, found in groupby(marks, key=lambda mark: block.place_at(mark[0])):
        here = list(found)
        sure = [mark for mark in here if asked.marks or mark[1].lower() not in _ALSO_PLAIN]
        at, mark = (sure or here)[0]
        turn = block.turn_at(at)
        yield Fault(
            check=CHECK.id,
            row=turn.row,
            path=turn.path,
            message=f"holds {clip(visible(mark.decode(errors='replace')), 60)}",
            severity=raised(CHECK.severity) if turn.trains and sure else None,
        )


def _may_hold_one(block: Block) -> bool:
    """Return whether a bracket stands before a byte that a mark goes on with."""
    codes = block.signs.codes  # a NUL is last, so that every sign has a byte behind it
    return any(
        behind in after
        for sign, after in _GO_ON.items()
        for behind in codes[block.signs.of(sign) + 1].tobytes()
    )


@cache
def _of(marks: tuple[str, ...]) -> tuple[re.Pattern[bytes], ...]:
    """Return what finds the special tokens of a tokenizer."""
    longest = sorted(marks, key=len, reverse=True)
    return (re.compile(b"|".join(re.escape(mark.encode()) for mark in longest)),)
