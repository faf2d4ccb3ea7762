"""Finds personal data and secrets in a block of text: gates over all of it, proof where they open.

block -> gates (numpy, find) -> windows -> rules -> hits -> overlaps settled -> spans
      turns with hidden signs, made readable -> the same way, offsets led back to the block
"""

import re
from collections.abc import Iterable, Iterator
from operator import itemgetter

from core.data.detect import cards, emails, gates, ibans, networks, phones, ssn
from core.data.detect.kinds import GROUPS, RANKS
from core.data.detect.odd_words import odd_words
from core.data.detect.secrets import announced, families, keys, keywords
from core.data.detect.shadow import shadow
from core.data.detect.spans import Hit, Span, masked

# The most frequent stretches of digits by far, which no rule takes: stamps, UUIDs, book numbers.
_INNOCENT = re.compile(
    rb"(?:19|20)[0-9]{2}([-/.])[01][0-9]\1[0-3][0-9]"
    rb"(?:(?:[T ,]| at )[0-2][0-9]:[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?)?"
    rb"|[0-9a-f]{0,8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{7,12}"
    rb"|97[89](?:-[0-9]{1,7}){3}-[0-9]"
)
_START = itemgetter(1)
_NO_DIGITS = bytes(code for code in range(256) if not 48 <= code <= 57)


def find_spans(text: bytes, signs: gates.Signs | None = None) -> list[Span]:
    """Return what a block holds, in order and without overlaps.

    The block is UTF-8: turns, each followed by one NUL byte, which no span crosses. `signs` are
    those of the text, where they are known.
    """
    hits = list(_hits(text, signs or gates.Signs(text)))
    readable = shadow(text)
    if readable is not None:
        for kind, start, end, severity in _hits(readable.text, gates.Signs(readable.text)):
            hits.append(Hit(kind, *readable.original(start, end), severity))
    return [_span(text, hit) for hit in settled(hits)]


def _span(text: bytes, hit: Hit) -> Span:
    kind, start, end, severity = hit
    return Span(kind, GROUPS[kind], start, end, severity, masked(text[start:end]))


def settled(hits: Iterable[Hit]) -> list[Hit]:
    """Return the hits in order; where some overlap the more harmful kind stays, then the longer."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=_START):
        if not kept or hit.start >= kept[-1].end:
            kept.append(hit)
        elif _weight(hit) > _weight(kept[-1]):
            kept[-1] = hit
    return kept


def _weight(hit: Hit) -> tuple[int, int]:
    return -RANKS[hit.kind], hit.end - hit.start


def _hits(text: bytes, signs: gates.Signs) -> Iterator[Hit]:
    """Yield what every rule finds, overlaps included."""
    if len(text) < gates.DIGITS:
        return
    yield from _numbers(text, signs)
    yield from _machines(text, signs)
    yield from _secrets(text, signs)
    for place in signs.of(b"@").tolist():
        yield from _one(emails.find_at(text, place))
    for place in signs.followed(b"%", b"40"):
        yield from _one(emails.find_at(text, place, len(b"%40")))


def _numbers(text: bytes, signs: gates.Signs) -> Iterator[Hit]:
    for start, end in gates.digit_windows(signs):
        value = text[start:end]
        if _INNOCENT.fullmatch(value):
            continue
        hits: list[Hit] = []
        if text[start - 1 : start].isalpha() or value.lower() != value.upper():
            hits += ibans.find(text, start, end)
        count = len(value.translate(None, _NO_DIGITS))
        if count >= cards.DIGITS:
            hits += cards.find(text, start, end)
        if count >= ssn.DIGITS:
            hits += ssn.find(text, start, end)
        yield from hits
        if not any(hit.start <= start and end <= hit.end for hit in hits):
            yield from phones.find(text, start, end)


def _machines(text: bytes, signs: gates.Signs) -> Iterator[Hit]:
    for place in gates.quads(signs):
        yield from _one(networks.find_quad(text, place))
    for place in gates.colon_trains(signs):
        yield from _one(networks.find_six(text, place))
        yield from _one(networks.find_mac(text, place))
    for place in gates.dash_trains(signs):
        yield from _one(networks.find_mac(text, place))


def _secrets(text: bytes, signs: gates.Signs) -> Iterator[Hit]:
    for run in gates.long_runs(text, signs):
        yield from families.find(text, run)
    for place in gates.keyword_marks(signs):
        yield from _one(keywords.find_at(text, place))
    yield from announced.find(text, odd_words(signs))
    for place in signs.followed(b":", b"//"):
        yield from _one(keys.find_in_url(text, place))
    for place in gates.armour(text, signs, keys.PEM_ANCHOR):
        yield from _one(keys.find_pem(text, place))


def _one(hit: Hit | None) -> tuple[Hit, ...]:
    return () if hit is None else (hit,)
