"""Rows that nobody knows the right to use, as far as the file says."""

import re
from collections import Counter
from collections.abc import Iterator

import numpy as np

from core.data.asked import Asked
from core.data.block import Block, places_of
from core.data.checking import Check
from core.data.provenance import licence_of
from core.data.rows import Fault
from core.data.scan.phrases import Phrase
from core.data.scan.whole import Whole
from core.text_safety import clip, visible

CHECK = Check(
    id="licence",
    severity="review",
    message="It is not clear that the row may be used; this is a risk, not a legal judgement.",
    remedy="Note source and licence of each row, or leave out rows whose origin is unknown.",
)
_UNKNOWN = {"unknown", "other", "none", "n/a", "na", "unlicensed", "tbd", "?", "proprietary"}
_NOT_COMMERCIAL = re.compile(r"\bnc\b|non-?commercial|research[- ]only", re.IGNORECASE)
_CLAIM = re.compile(
    rb"\(c\) (?:19|20)\d\d|\xc2\xa9 ?(?:19|20)\d\d"
    rb"|copyright (?:\(c\)|\xc2\xa9|19|20)|all rights reserved"
)
"""A notice of copyright, in lower case."""
_TELLING = (
    Phrase((b"c",), b"19"),
    Phrase((b"c",), b"20"),
    Phrase((b"copyright",)),
    Phrase((b"rights",), b"reserve"),
)
"""The words in it that are surely whole; one begins beyond ASCII and has none."""
_SIGN = b"\xc2\xa9"


def find(block: Block, asked: Asked) -> Iterator[Fault]:
    """Yield rows whose licence is unknown or narrow, and answers that claim a copyright."""
    faults = [*_named(block), *_claimed(block)]
    return iter(sorted(faults, key=lambda fault: fault.row or 0))


def _named(block: Block) -> Iterator[Fault]:
    """Yield rows whose licence is said and does not help."""
    for place, beside in block.beside.items():
        licence = licence_of(beside)
        if licence is None:
            continue
        said = clip(visible(licence), 60)
        if licence.lower() in _UNKNOWN:
            message = f"has the licence {said!r}, which allows nothing"
        elif _NOT_COMMERCIAL.search(licence):
            message = f"has the licence {said!r}, which forbids commercial use"
        else:
            continue
        yield Fault(check=CHECK.id, row=int(block.numbers[place]), message=message)


def _claimed(block: Block) -> Iterator[Fault]:
    """Yield trained turns that somebody says are theirs."""
    signs = () if block.is_ascii else places_of(block.text, _SIGN)
    places = {*block.compared.turns_with(_TELLING), *map(block.place_at, signs)}
    for place in sorted(places):
        if block.trains[place] and _CLAIM.search(block.said(place).lower()):
            turn = block.turn(place)
            yield Fault(
                check=CHECK.id, row=turn.row, path=turn.path, message="holds a copyright notice"
            )


def gather(block: Block) -> Counter[str]:
    """Return how many addresses of web pages the trained turns hold."""
    places = block.signs.followed(b":", b"//")
    if not places:
        return Counter()
    turns = np.searchsorted(block.starts, places, side="right") - 1
    return Counter(urls=int(block.trains[turns].sum()))


def conclude(whole: Whole) -> Iterator[Fault]:
    """Yield rows that name no licence where others do, or one fault when none does."""
    licensed = whole.columns.licensed
    if not len(licensed):
        return
    if not licensed.any():
        urls = whole.counts["urls"]
        found = f"; its answers hold {urls:,} addresses of web pages" if urls else ""
        yield Fault(
            check=CHECK.id,
            row=None,
            message=f"the file does not say where its rows come from{found}",
            severity="info",
        )
        return
    for place in np.flatnonzero(~licensed):
        yield Fault(
            check=CHECK.id, row=int(whole.columns.number[place]), message="names no licence"
        )
