"""Answers in which a language model talks about itself or refuses, and answers that never vary."""

import re
from collections.abc import Iterator

import numpy as np

from core.data.asked import Asked
from core.data.block import Block, places_of
from core.data.checking import Check
from core.data.rows import Fault
from core.data.scan.phrases import Phrase
from core.data.scan.whole import Whole
from core.text_safety import clip, visible

CHECK = Check(
    id="boilerplate",
    severity="review",
    message="The answer is what another model says of itself, a refusal, or the same every time.",
    remedy="Drop the row, or write the answer your product should give.",
)
_PHRASES = {
    b"language model": rb"(?:as an?|i am an?|i.{1,3}m an?)(?: ai| large)? language model",
    b"as an ai": rb"as an ai (?:developed|created|assistant)",
    b"just an ai": rb"(?:i am|i.{1,3}m) just an ai",
    b"artificial intelligence": rb"as an artificial intelligence",
    b"knowledge": rb"(?:my|last) knowledge (?:cutoff|cut-off|update)",
    b" by openai": rb"(?:trained|developed|made|created) by openai",
    b" by google": rb"model (?:trained|developed|made|created) by google",
    b" by anthropic": rb"(?:trained|developed|made|created) by anthropic",
    b"m chatgpt": rb"i(?: am|.{1,3}m) chatgpt",
    b"m sorry, but i ca": (
        rb"i.{1,3}m sorry, but i ca(?:n.{1,3}t|nnot) (?:assist|fulfil|help with)"
    ),
    b"cannot fulfill": rb"i cannot fulfill",
    b"t help with that": rb"i can.{1,3}t help with that",
}
"""What betrays the phrase, all in lower case, and the phrase itself."""
_TELLING = (
    Phrase((b"language",), b"model"),
    Phrase((b"an", b"ai")),
    Phrase((b"just", b"an")),
    Phrase((b"an", b"artificial")),
    Phrase((b"knowledge",)),
    Phrase((b"by",), b"opena"),
    Phrase((b"by",), b"googl"),
    Phrase((b"by",), b"anthropi"),
    Phrase((b"sorry", b"but", b"i")),
    Phrase((b"cannot",), b"fulfil"),
    Phrase((b"help", b"with")),
)
"""Of every phrase but one: the words in it that are surely whole; a last letter may be accented."""
_NAMED = b"chatgp"
_BEFORE, _AFTER = 40, 40
_SAME_SHARE = 0.05
_SAME_LEAST = 20


def find(block: Block, asked: Asked) -> Iterator[Fault]:
    """Yield each answer with such a phrase, naming the first."""
    words = block.compared
    for place in sorted({*words.turns_with(_TELLING), *words.turns_holding(_NAMED)}):
        if block.trains[place] and (phrase := _said(block.said(place).lower())):
            turn = block.turn(place)
            said = clip(visible(phrase.decode(errors="replace")), 60)
            yield Fault(check=CHECK.id, row=turn.row, path=turn.path, message=f'says "{said}"')


def _said(lowered: bytes) -> bytes:
    """Return the first phrase in an answer, nothing where there is none."""
    found = [
        (at, phrase[0])
        for anchor, pattern in _PHRASES.items()
        for at in places_of(lowered, anchor)
        if (phrase := re.search(pattern, lowered[max(0, at - _BEFORE) : at + _AFTER]))
    ]
    return min(found, default=(0, b""))[1]


def conclude(whole: Whole) -> Iterator[Fault]:
    """Yield one fault for each long answer that a good part of the file repeats."""
    columns = whole.columns
    count = len(columns.target_answer)
    long = columns.repeated(count, lambda some: columns.target_answer[some])
    long = long[~columns.taken(long, lambda some: columns.target_short[some])]
    said = columns.taken(long, lambda some: columns.target_answer[some])
    answers, first, counts = np.unique(said, return_index=True, return_counts=True)
    least = max(_SAME_LEAST, _SAME_SHARE * count)
    for place in sorted(first[counts >= least]):
        count = int(counts[answers == columns.target_answer[long[place]]][0])
        number = int(columns.number[columns.target_row[long[place]]])
        yield Fault(
            check=CHECK.id,
            row=number,
            message=f"gives an answer that stands {count:,} times among"
            f" {len(columns.target_answer):,}",
        )
