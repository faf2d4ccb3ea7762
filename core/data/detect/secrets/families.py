"""All token families as one look: the rare beginnings together, then the family's own proof."""

import re
from collections.abc import Iterator

from core.data.detect.gates import Window
from core.data.detect.rules import Family
from core.data.detect.secrets import clouds, code_hosts, keys, model_providers, services
from core.data.detect.secrets.proofs import made_up
from core.data.detect.spans import Hit

FAMILIES: tuple[Family, ...] = (
    *clouds.FAMILIES,
    *code_hosts.FAMILIES,
    *model_providers.FAMILIES,
    *services.FAMILIES,
    *keys.FAMILIES,
)
"""Order decides where two families could begin at one place."""
_LEADS = re.compile(b"|".join(b"(%s)" % family.lead for family in FAMILIES))
_SHAPES = tuple(re.compile(b"(?:%s)(?![0-9A-Za-z_])" % family.shape) for family in FAMILIES)
_BEFORE = 24
"""A token may begin this far before its long run: `8138270314:AA...`, `SG.`, `dp.pt.`."""
_WORD_BEFORE = re.compile(rb"[0-9A-Za-z_\-]+[.:](?:[0-9A-Za-z_\-]+[.:])*\Z")
_ESCAPE = 2
_ESCAPED_CODE = 6
_BREAK = re.compile(rb"\r?\n|\\r?\\n|\\n")
_BROKEN_BEFORE = re.compile(rb"[0-9A-Za-z_\-]+(?:\r?\n|\\r?\\n|\\n)[0-9A-Za-z_\-]*[.:]\Z")
_LONGEST = 400
_TELLING = re.compile(rb"[0-9_]")
"""What the first bytes of every token hold and a line of prose seldom does."""
_REACH = 64
"""A break this near to the start of a token may stand within its rare beginning."""


def find(text: bytes, run: Window) -> Iterator[Hit]:
    """Yield the tokens in or around one long run, those broken by a line feed included."""
    done = 0
    for start in _word_starts(text, run):
        if start < done:
            continue
        lead = _LEADS.match(text, start) or _broken_lead(text, start)
        if lead is None or lead.lastindex is None:
            continue
        family, shape = FAMILIES[lead.lastindex - 1], _SHAPES[lead.lastindex - 1]
        match = shape.match(text, start)
        end = match.end() if match is not None else _broken_end(text, shape, start)
        hit = _proven(family, text, start, end) if end is not None else None
        if hit is not None:
            done = hit.end
            yield hit


def _word_starts(text: bytes, run: Window) -> Iterator[int]:
    """Yield where a token may begin: at a word's border, or behind an escape that hides one."""
    start = run.start
    before = text[start - 1 : start]
    if before in (b".", b":"):
        match = _WORD_BEFORE.search(text, max(0, start - _BEFORE), start)
        near = text[max(0, start - _BEFORE) : start]
        if b"\n" in near or b"\\" in near:
            broken = _BROKEN_BEFORE.search(text, max(0, start - _BEFORE), start)
            if broken is not None:
                yield broken.start()
        if match is not None:
            yield match.start()
            start = match.start()
    if before == b"%":
        yield run.start + 2
    yield run.start
    place = text.find(b"\\", max(0, start - 1), run.end)
    while place >= 0:
        yield place + (_ESCAPED_CODE if text[place + 1 : place + 2] == b"u" else _ESCAPE)
        place = text.find(b"\\", place + 1, run.end)
    place = text.find(b"\n", run.start, run.end)
    while place >= 0:
        yield place + 1
        place = text.find(b"\n", place + 1, run.end)


def _broken_lead(text: bytes, start: int) -> re.Match[bytes] | None:
    """Return the beginning of a token that a line feed breaks within this beginning."""
    near = text[start : start + _REACH]
    if (b"\n" not in near and b"\\" not in near) or _TELLING.search(near) is None:
        return None
    gap = _BREAK.search(text, start, start + _REACH)
    if gap is None:
        return None
    return _LEADS.match(text[start : gap.start()] + text[gap.end() : gap.end() + _REACH])


def _broken_end(text: bytes, shape: re.Pattern[bytes], start: int) -> int | None:
    """Return where a token ends that a line feed, real or escaped, breaks in two."""
    piece = text[start : start + _LONGEST].partition(b"\0")[0]
    whole, gaps, last = bytearray(), [], 0
    for gap in _BREAK.finditer(piece):
        whole += piece[last : gap.start()]
        gaps.append((len(whole), gap.end() - gap.start()))
        last = gap.end()
    if not gaps:
        return None
    whole += piece[last:]
    match = shape.match(bytes(whole))
    if match is None:
        return None
    return start + match.end() + sum(width for at, width in gaps if at < match.end())


def _proven(family: Family, text: bytes, start: int, end: int) -> Hit | None:
    """Return the hit if the token's own proof, or lacking one its letters, convince."""
    value = _BREAK.sub(b"", text[start:end])
    if family.proof is not None:
        if not family.proof(value):
            return None
    elif made_up(value):
        return None
    test = family.test_mark is not None and family.test_mark in value[:12]
    return Hit(family.rule.kind, start, end, "review" if test else "blocker")
