"""Finds personal data and secrets in a block of text: gates over all of it, proof where they open.

block -> gates (numpy, find) -> windows -> rules -> hits -> overlaps settled -> spans
      turns with hidden signs, made readable -> the same way, offsets led back to the block
"""

from collections.abc import Iterable, Iterator

from core.data.detect import cards, emails, gates, ibans, networks, phones, ssn
from core.data.detect.kinds import GROUPS, RANKS
from core.data.detect.secrets import families, keys, keywords
from core.data.detect.shadow import shadow
from core.data.detect.spans import Hit, Span, masked

_PERCENT_AT = b"%40"


def find_spans(text: bytes) -> list[Span]:
    """Return what a block holds, in order and without overlaps.

    The block is UTF-8: turns, each followed by one NUL byte, which no span crosses.
    """
    hits = list(_hits(text))
    readable = shadow(text)
    if readable is not None:
        for kind, start, end, severity in _hits(readable.text):
            hits.append(Hit(kind, *readable.original(start, end), severity))
    return [_span(text, hit) for hit in settled(hits)]


def _span(text: bytes, hit: Hit) -> Span:
    return Span(
        kind=hit.kind,
        group=GROUPS[hit.kind],
        start=hit.start,
        end=hit.end,
        severity=hit.severity,
        preview=masked(text[hit.start : hit.end]),
    )


def settled(hits: Iterable[Hit]) -> list[Hit]:
    """Return the hits in order; where some overlap the more harmful kind stays, then the longer."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: hit.start):
        if not kept or hit.start >= kept[-1].end:
            kept.append(hit)
        elif _weight(hit) > _weight(kept[-1]):
            kept[-1] = hit
    return kept


def _weight(hit: Hit) -> tuple[int, int]:
    return -RANKS[hit.kind], hit.end - hit.start


def _hits(text: bytes) -> Iterator[Hit]:
    """Yield what every rule finds, overlaps included."""
    codes = gates.as_array(text)
    if len(codes) < gates.DIGITS:
        return
    yield from _numbers(text, codes)
    yield from _machines(text, codes)
    yield from _secrets(text, codes)
    for place in gates.places_of(text, b"@"):
        yield from _one(emails.find_at(text, place))
    if _PERCENT_AT in text:
        for place in gates.places_of(text, _PERCENT_AT):
            yield from _one(emails.find_at(text, place, len(_PERCENT_AT)))


def _numbers(text: bytes, codes: gates.Bytes) -> Iterator[Hit]:
    for start, end in gates.digit_windows(codes):
        yield from ibans.find(text, start, end)
        if end - start >= cards.SHORTEST:
            yield from cards.find(text, start, end)
        yield from ssn.find(text, start, end)
        yield from phones.find(text, start, end)


def _machines(text: bytes, codes: gates.Bytes) -> Iterator[Hit]:
    for place in gates.quads(codes):
        yield from _one(networks.find_quad(text, place))
    for place in gates.colon_trains(codes):
        yield from _one(networks.find_six(text, place))
        yield from _one(networks.find_mac(text, place))
    for place in gates.dash_trains(codes):
        yield from _one(networks.find_mac(text, place))


def _secrets(text: bytes, codes: gates.Bytes) -> Iterator[Hit]:
    for run in gates.long_runs(text):
        yield from families.find(text, run)
    for place in gates.keyword_marks(codes):
        yield from _one(keywords.find_at(text, place))
    for place in gates.places_of(text, b"://"):
        yield from _one(keys.find_in_url(text, place))
    for place in gates.places_of(text, keys.PEM_ANCHOR):
        yield from _one(keys.find_pem(text, place))


def _one(hit: Hit | None) -> tuple[Hit, ...]:
    return () if hit is None else (hit,)
