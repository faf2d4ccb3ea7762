"""Answers in which a language model talks about itself or refuses, and answers that never vary."""

import re
from collections.abc import Iterator

import numpy as np

from core.data.asked import Asked
from core.data.block import Block, places_of
from core.data.checking import Check
from core.data.rows import Fault
from core.data.scan.whole import Whole
from core.text_safety import clip, visible

CHECK = Check(
    id="boilerplate",
    severity="review",
    message="The answer is what another model says of itself, a refusal, or the same every time.",
    remedy="Drop the row, or write the answer your product should give.",
)
_PHRASES = {
    b"language model": (
        b"language",
        rb"(?:as an?|i am an?|i.{1,3}m an?)(?: ai| large)? language model",
    ),
    b"as an ai": (b"ai", rb"as an ai (?:developed|created|assistant)"),
    b"just an ai": (None, rb"(?:i am|i.{1,3}m) just an ai"),
    b"artificial intelligence": (b"artificial", rb"as an artificial intelligence"),
    b"knowledge": (b"knowledge", rb"(?:my|last) knowledge (?:cutoff|cut-off|update)"),
    b" by openai": (None, rb"(?:trained|developed|made|created) by openai"),
    b" by google": (None, rb"model (?:trained|developed|made|created) by google"),
    b" by anthropic": (None, rb"(?:trained|developed|made|created) by anthropic"),
    b"m chatgpt": (None, rb"i(?: am|.{1,3}m) chatgpt"),
    b"m sorry, but i ca": (
        b"sorry",
        rb"i.{1,3}m sorry, but i ca(?:n.{1,3}t|nnot) (?:assist|fulfil|help with)",
    ),
    b"cannot fulfill": (b"cannot", rb"i cannot fulfill"),
    b"t help with that": (None, rb"i can.{1,3}t help with that"),
}
"""What betrays the phrase, all in lower case; a whole word of it, if it has one that is not too
frequent; and the phrase itself."""
_BEFORE, _AFTER = 40, 40
_SAME_SHARE = 0.05
_SAME_LEAST = 20


def find(block: Block, asked: Asked) -> Iterator[Fault]:
    """Yield each answer with such a phrase, naming the first."""
    last = -1
    for at, phrase in sorted(_said(block)):
        if at < last:
            continue
        turn = block.turn_at(at)
        if turn.trains:
            last = turn.end
            said = clip(visible(phrase.decode(errors="replace")), 60)
            yield Fault(check=CHECK.id, row=turn.row, path=turn.path, message=f'says "{said}"')


def _said(block: Block) -> Iterator[tuple[int, bytes]]:
    """Yield where a phrase stands, and the phrase."""
    lowered = block.lowered
    for anchor, (word, pattern) in _PHRASES.items():
        if word and not block.may_hold(word):
            continue
        for at in places_of(lowered, anchor):
            found = re.search(pattern, lowered[max(0, at - _BEFORE) : at + _AFTER])
            if found:
                yield at, found[0]


def conclude(whole: Whole) -> Iterator[Fault]:
    """Yield one fault for each long answer that a good part of the file repeats."""
    columns = whole.columns
    long = np.flatnonzero(~columns.target_short)
    answers, first, counts = np.unique(
        columns.target_answer[long], return_index=True, return_counts=True
    )
    least = max(_SAME_LEAST, _SAME_SHARE * len(columns.target_answer))
    for place in sorted(first[counts >= least]):
        count = int(counts[answers == columns.target_answer[long[place]]][0])
        number = int(columns.number[columns.target_row[long[place]]])
        yield Fault(
            check=CHECK.id,
            row=number,
            message=f"gives an answer that stands {count:,} times among"
            f" {len(columns.target_answer):,}",
        )
