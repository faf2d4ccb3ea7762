"""Telephone numbers: scored from the plus sign, the grouping and the words before."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from core.data.detect.context import split_words, word_at_end, words_before
from core.data.detect.rules import Rule
from core.data.detect.spans import Hit

RULE = Rule(
    kind="phone",
    group="personal",
    severity="review",
    title="Telephone number: a country code, usual groups, or a word that announces one.",
    finds=(
        "call +44 20 7946 0958",
        "(415) 867-2671 after six",
        "1-415-867-2671",
        "reach me on 06 12 34 56 78",
        "Tel.: 030/1234567",
        "my mobile is 13812345678",
        "whatsapp 5511987654321",
        "+1 (212) 736 5000 ext. 12",
    ),
    leaves=(
        "(1983-2001)",
        "2024-05-17 12:33:01",
        "ISBN 978-3-16-148410-0",
        "jo@example.com or 555-0142",
        "call 415-555-0142",
        "order 4158672671",
        "550e8400-e29b-41d4-a716-446655440000",
        "12345678 + 87654321 = 99999999",
        "lat 48.858370, lon 2.294481",
        "01.02.2024 10:15",
        "1 234 567 890 rows",
        "$415 867 2671",
        "Phys. Rev. E 74, 036104 (2006)",
        "Boston, MA 02110-1301 USA",
        "call f(10.01 31.25)",
        "2**32 is +4294967296",
    ),
)
_CUES = frozenset(
    b"""
    call calls called calling phone phones telephone tel tele tlf telefon telefono telefone
    telefoon telefonnummer telefonisch mobile mobil mob cell cellphone cellular fax dial dialed
    ring rang whatsapp signal sms hotline handy handynummer landline pager rufen anrufen ruf
    celular cellulare ligue appelez llama appeler gsm voicemail
    """.split()
    + [word.encode() for word in ("móvil", "tél", "téléphone", "teléfono", "тел", "телефон")]
)
_PHRASES = tuple(
    phrase.encode()
    for phrase in (
        *("number is", "number:", "reach me", "reach him", "reach her", "reach us", "reach them"),
        *("text me", "text us", "text him", "text her", "texted", "contact me", "contact number"),
        *("contact us", "number to", "nummer ist", "numero", "número", "whats app"),
    )
)
_IN_PHRASES = frozenset(phrase.split()[0].rstrip(b":") for phrase in _PHRASES)
_FOREIGN = tuple(word.encode() for word in ("电话", "手机", "電話", "携帯", "전화", "телеф"))
_OTHERS = frozenset(
    b"""
    order orders invoice isbn issn id ids uuid ref reference version serial ticket tracking track
    sku part case patent zip lat latitude lon longitude epoch timestamp since build bug issue pr
    rfc port iban account acct card vat tax ssn isin ean upc doi arxiv page pages pp commit hash
    size bytes total sum job process pid row rows line lines chapter section step seed
    """.split()
)
_DATE = re.compile(
    rb"[0-9]{4}[-/. ][0-9]{1,2}[-/. ][0-9]{1,2}(?![0-9])"
    rb"|[0-3]?[0-9][-/.][0-3]?[0-9][-/.](?:[0-9]{4}|[0-9]{2})(?![0-9]|[-/.][0-9])"
    rb"|(?:1[5-9]|20)[0-9]{2} ?[-/] ?(?:1[5-9]|20)[0-9]{2}(?![0-9])|(?:19|20)[0-9]{6}(?![0-9])"
)
# Repeats are possessive, so that a page of digits costs one look and no backtracking.
_WORLD = re.compile(
    rb"(?:\+ ?|(?<![0-9])00 ?)([1-9][0-9]{0,2})(?:[ .\-/\n]?+\(?[0-9]{1,15}+\)?){1,7}+"
)
_CHAIN = re.compile(rb"\(?[0-9]++\)?(?:(?:[.\-/\n]| {1,2}+| - ?)?\(?[0-9]++\)?)*+")
_NORTH_AMERICA = re.compile(
    rb"(?:1[ .\-])?(?:\(([2-9][0-9]{2})\)[ \-]?|([2-9][0-9]{2})([ .\-/\n]))"
    rb"([2-9][0-9]{2})[ .\-\n][0-9]{4}(?![0-9])"
)
_TRUNK = re.compile(rb"\(?0[1-9][0-9]{0,4}+\)?(?:[ .\-/\n]?+\(?[0-9]{2,8}+\)?){1,5}+(?![0-9])")
_AREA = re.compile(rb"\([1-9][0-9]{1,2}\) ?[0-9]{3,5}[ \-][0-9]{4}(?![0-9])")
_NO_TRUNK = re.compile(
    rb"[0-9]{3}-[0-9]{2}-[0-9]{4}\Z"  # a social security number
    rb"|[0-9]{5}-[0-9]{4}\Z"  # a ZIP code
    rb"|[0-9 ]+\(?(?:19|20)[0-9]{2}\)?\Z"  # a page and its year
)
_QUAD = re.compile(rb"(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9.])")
_DIGIT = re.compile(rb"[0-9]")
_PAIRS = re.compile(rb"0[1-9](?:\.[0-9]{2}){4}\Z")
_MORE = re.compile(rb" [0-9]")
_ROW = re.compile(rb"[0-9] \Z")
_GROUPS = re.compile(rb"[0-9]+")
_FICTION = re.compile(rb"555[ .\-\n]?01[0-9]{2}\)?\Z")
DIGITS = 7
"""Fewest digits of a number."""
_LONGEST = 40
_TAIL = 5
_ZERO = 0x30
_SIGNS = b" .-/()\n+"
# Digits after the country code, where the plan is narrow; elsewhere six to twelve.
_NATIONAL: dict[bytes, tuple[int, int]] = {
    b"1": (10, 10), b"7": (10, 10), b"33": (9, 10), b"34": (9, 9), b"44": (9, 11), b"31": (9, 10),
    b"41": (9, 10), b"45": (8, 8), b"47": (8, 8), b"48": (9, 9), b"61": (9, 10), b"81": (9, 11),
    b"86": (10, 11), b"91": (10, 10), b"55": (10, 11), b"52": (10, 11), b"90": (10, 10),
    b"351": (9, 9), b"82": (8, 11), b"65": (8, 8), b"852": (8, 8), b"27": (9, 10),
}  # fmt: skip
_USUAL = (6, 12)
# Country codes of two digits, then the first two of those with three.
_TWO = frozenset(
    b"20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62"
    b" 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98".split()
)
_THREE = frozenset(b"21 22 23 24 25 26 29 35 37 38 50 59 67 68 69 80 85 87 88 96 97 99".split())
_CENTRAL = frozenset((b"420", b"421", b"423"))
_NO_AREA = re.compile(rb"1[01]")


def find(text: bytes, start: int, end: int) -> Iterator[Hit]:
    """Yield the telephone numbers in one stretch of digits; dates in it are stepped over."""
    digit: re.Match[bytes] | None = _DIGIT.match(text, start)
    while digit is not None:
        place = digit.start()
        date = _DATE.match(text, place)
        if date is not None:
            stop = date.end()
        else:
            hit, stop = _one(text, place)
            if hit is not None:
                yield hit
        digit = _DIGIT.search(text, stop, end)


def _one(text: bytes, start: int) -> tuple[Hit | None, int]:
    """Return the number that begins here, if any, and where to look on."""
    place = _chain_start(text, start)
    chain = _CHAIN.match(text, place)
    if chain is None or chain.end() <= start:  # what stands before is no part of it
        place, chain = start, _CHAIN.match(text, start)
    if chain is None:
        return None, start + 1
    stop = chain.end()
    if stop - place < DIGITS:
        return None, stop
    before = words_before(text, place)
    if before[-1:] == b"+" or text[place : place + 2] == b"00":
        world = _WORLD.match(text, place - 1 if before[-1:] == b"+" else place)
        hit = _abroad(text, world, before) if world is not None else None
        if hit is not None:
            return hit, hit.end
    if _part_of_something(before) or (text[stop : stop + 1].isalpha() and text[stop] not in b"xX"):
        return None, stop
    found = _at_home(text, place, stop, before)
    if found is None or _QUAD.match(text, place) or _FICTION.search(text[found[0] : found[1]]):
        return None, stop
    return Hit(RULE.kind, found[0], found[1], "review"), found[1]


def _at_home(text: bytes, place: int, stop: int, before: bytes) -> tuple[int, int] | None:
    """Return a number without country code, if its groups or the words before suffice."""
    named_otherwise = word_at_end(before) in _OTHERS
    cue = not named_otherwise and _announced_by(before)
    grouped = _grouped(text, place, stop)
    if grouped is not None and grouped.sure + cue - named_otherwise >= 1:
        return grouped.start, grouped.end
    return _ungrouped(text, place, stop) if cue else None


def _announced_by(before: bytes) -> bool:
    """Return whether the words before speak of a telephone."""
    words = split_words(before)
    if not _CUES.isdisjoint(words):
        return True
    if not _IN_PHRASES.isdisjoint(words) and any(phrase in before for phrase in _PHRASES):
        return True
    return not before.isascii() and any(word in before for word in _FOREIGN)


def _part_of_something(before: bytes) -> bool:
    """Return whether the number belongs to an amount, a fraction, a name or a sum."""
    if before[-1:] in (b"$", b"#", b".", b"_", b"+", b"*", b"^"):
        return True
    if before[-1:] == b"=":
        return not _announced_by(before)
    if before[-1:] == b":" and before[-2:-1].isdigit():
        return True
    return before[-1:].isalnum() and not before.endswith((b"\\n", b"\\t"))


def _chain_start(text: bytes, start: int) -> int:
    """Return where the digits that lead to a stretch begin, an opening bracket included."""
    place = start
    while place and start - place < 4 and text[place - 1] in b"0123456789 (":
        place -= 1
    while text[place] == 32:
        place += 1
    return place


def _abroad(text: bytes, match: re.Match[bytes], before: bytes) -> Hit | None:
    """Return a number that begins with a plus sign or 00 and a country code."""
    if match.group()[:1] == b"+":
        if before[-2:-1].isalnum() or before[-1:].isdigit():
            return None  # 3+44...
    elif not _announced_by(before) and b" " not in match.group() and b"-" not in match.group():
        return None  # 00 leads many ids
    end = match.end()
    while end > match.start():
        value = text[match.start() : end]
        digits = value.translate(None, _SIGNS)
        if value[:1] != b"+":
            digits = digits[2:]
        if _length_fits(digits):
            groups = _GROUPS.findall(value)
            fraction = b"." in value and (len(groups) < 3 or len(groups[-1]) < 2)
            fake = fraction or _FICTION.search(value) or len(set(digits)) < 3
            loose = value.count(b"(") != value.count(b")") or text[end : end + 1].isalpha()
            return None if fake or loose else Hit(RULE.kind, match.start(), end, "review")
        cut = max(value.rfind(sign) for sign in (b" ", b"-", b".", b"/", b"\n", b"("))
        if cut <= 0:
            return None
        end = match.start() + cut
    return None


def _length_fits(digits: bytes) -> bool:
    """Return whether a country's plan has numbers of this length."""
    if digits[:1] in (b"1", b"7"):
        code = digits[:1]
    elif digits[:2] in _TWO:
        code = digits[:2]
    elif digits[:2] in _THREE or digits[:3] in _CENTRAL:
        code = digits[:3]
    else:
        return False
    low, high = _NATIONAL.get(code, _USUAL)
    return low <= len(digits) - len(code) <= high and not _NO_AREA.match(digits)


class Grouped(NamedTuple):
    """A number in usual groups."""

    start: int
    end: int
    sure: int
    """2 stands against a word for something else, 1 alone, 0 only with a word for a telephone."""


def _grouped(text: bytes, place: int, stop: int) -> Grouped | None:
    """Return a number whose groups alone tell, with how sure they make one."""
    first = text[place]
    match = _NORTH_AMERICA.match(text, place, stop) if first != _ZERO else None
    if match is not None:
        spaced = match.group(3) == b" "
        if spaced and (_MORE.match(text, match.end()) or _ROW.search(text[place - 2 : place])):
            return None  # one of a row of numbers
        sure = 1 if spaced else 2
        return Grouped(match.start(), match.end(), sure)
    if first not in b"(0":
        return None
    match = _AREA.match(text, place, stop)
    if match is not None:
        return Grouped(match.start(), match.end(), 1)
    match = _TRUNK.match(text, place, stop)
    if match is not None and not _NO_TRUNK.match(match.group()):
        value = match.group()
        digits = value.translate(None, _SIGNS)
        signs = {byte for byte in value if byte not in b"0123456789"}
        groups = _GROUPS.findall(value)
        usual = 9 <= len(digits) <= 12 and value.count(b"(") == value.count(b")")
        tail = len(groups) == 2 or max(map(len, groups[2:] or [b""])) <= _TAIL
        if usual and signs and tail and len(set(digits)) > 2 and b"000" not in groups:
            return Grouped(
                match.start(), match.end(), 1 if signs != {46} or _PAIRS.match(value) else 0
            )
    return None


def _ungrouped(text: bytes, place: int, stop: int) -> tuple[int, int] | None:
    """Return a number that only the words before make a telephone number."""
    value = text[place:stop]
    if value.count(b"(") != value.count(b")") or (
        b"." in value and (b" " in value or b"-" in value)
    ):
        return None
    groups = _GROUPS.findall(text[place : min(stop, place + _LONGEST)])
    while groups and len(b"".join(groups)) > 15:
        groups.pop()
    digits = b"".join(groups)
    if not DIGITS <= len(digits) <= 15 or len(set(digits)) < 3:
        return None
    if len(groups) > 7 or (b"." in value and len(groups) < 3) or digits in b"01234567890123456789":
        return None
    end = place
    for group in groups:
        end = text.index(group, end) + len(group)
    return place, end
