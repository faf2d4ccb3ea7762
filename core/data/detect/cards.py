"""Payment cards: a known issuer, Luhn's sum, and groups as they are embossed."""

import re
from bisect import bisect_right
from collections.abc import Iterator

from core.data.detect.context import announced, word_at_end, words_before
from core.data.detect.rules import Rule
from core.data.detect.spans import Hit

RULE = Rule(
    kind="card",
    group="personal",
    severity="high",
    title="Payment card: issuer, length, grouping and Luhn's sum agree.",
    finds=(
        "pay 2223 0031 2200 3222 today",
        "ref 4012888888881881",
        "3782-822463-10005",
        "card 5555555555554444.",
        "Diners card: 30569309025904",
        "6011 1111\n1111 1117",
    ),
    leaves=(
        "order 4111-1111-1111-1112",
        "0000000000000000",
        "0.4012888888881881",
        "a4012888888881881b",
        "4012 88888888 1881",
        "1700000000000000",
    ),
)
DIGITS = 12
"""Fewest digits of a card number."""
_DASH = rb"[ .\-\n]"
_SHAPE = re.compile(
    rb"(?<![0-9])(?:"
    rb"[0-9]{4}%(d)b[0-9]{4}%(d)b[0-9]{4}%(d)b(?:[0-9]{4}(?:%(d)b[0-9]{3})?|[0-9]{1,3})"
    rb"|[0-9]{4}%(d)b[0-9]{6}%(d)b[0-9]{4,5}"
    rb"|[0-9]{12,19})(?![0-9])" % {b"d": _DASH}
)
_CUE = re.compile(
    rb"card|visa|master|amex|american exp|diners|discover|jcb|maestro|credit|debit|\bpan\b|\bcc\b"
    rb"|karte|tarjeta|carte|cart\xc3\xa3o|carta|kaart|\xe5\x8d\xa1|\xe3\x82\xab\xe3\x83\xbc\xe3\x83\x89"
)
_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")
# First and last value of the first six digits, and the lengths; in order, for the search.
_ISSUERS: tuple[tuple[int, int, tuple[int, ...]], ...] = (
    (220000, 220499, (16,)),  # Mir
    (222100, 272099, (16,)),  # Mastercard, second series
    (300000, 305999, (14,)),  # Diners Club
    (309500, 309599, (14,)),
    (340000, 349999, (15,)),  # American Express
    (352800, 358999, (16, 19)),  # JCB
    (360000, 369999, (14,)),
    (370000, 379999, (15,)),
    (380000, 399999, (14, 16)),
    (400000, 499999, (13, 16, 19)),  # Visa
    (500000, 509999, (16, 18, 19)),  # Maestro, Elo, Verve
    (510000, 559999, (16,)),  # Mastercard
    (560000, 589999, (16, 18, 19)),
    (601100, 601199, (16, 19)),  # Discover
    (606000, 608999, (16,)),  # RuPay, Hipercard
    (620000, 629999, (16, 17, 18, 19)),  # UnionPay
    (639000, 639099, (16, 18, 19)),
    (644000, 659999, (16, 19)),
    (670000, 679999, (16, 18, 19)),
    (817000, 820199, (16,)),  # RuPay
)
_LOWS = tuple(low for low, _, _ in _ISSUERS)
_USUAL = range(14, 17)
"""Lengths believed without a card word; the others collide with time stamps and ids."""
_NEXT_GROUP = re.compile(rb"[ .\-\n][0-9]{3,}(?![0-9/])")
_SUM = re.compile(rb"[0-9.)] ?[*+\-/x^] ?[0-9.]+ ?=+ ?\Z|\A[^a-z]* = \Z")
_OTHERS = frozenset(
    b"id ids order orders ticket tracking invoice sku serial timestamp epoch seed hash".split()
)


def luhn(digits: bytes) -> bool:
    """Return whether the last digit makes Luhn's sum a multiple of ten."""
    doubled = digits[-2::-2].translate(_DOUBLED)
    return (sum(digits[-1::-2]) + sum(doubled) - 48 * len(digits)) % 10 == 0


def issuer_known(digits: bytes) -> bool:
    """Return whether some issuer gives out numbers that begin and are as long as this one."""
    lead = int(digits[:6])
    _, high, lengths = _ISSUERS[bisect_right(_LOWS, lead) - 1]
    return _LOWS[0] <= lead <= high and len(digits) in lengths


def find(text: bytes, start: int, end: int) -> Iterator[Hit]:
    """Yield the cards in one stretch of digits."""
    for match in _SHAPE.finditer(text, start, end):
        value = match.group()
        digits = value.translate(None, b" .-\n")
        if not (DIGITS <= len(digits) <= 19 and issuer_known(digits) and luhn(digits)):
            continue
        if len(set(value.translate(None, b"0123456789\n"))) > 1 or len(set(digits)) == 1:
            continue
        grouped = len(value) > len(digits)
        cue = announced(_CUE, text, match.start())
        if not cue and (_in_a_row if grouped else _named_otherwise)(text, match):
            continue
        yield Hit(RULE.kind, *match.span(), "high" if grouped or cue else "review")


def _in_a_row(text: bytes, match: re.Match[bytes]) -> bool:
    """Return whether the groups belong to a longer row of numbers."""
    start, end = match.span()
    left = text[max(0, start - 2) : start]
    return bool(_NEXT_GROUP.match(text, end)) or (
        left[:1].isdigit() and left[1:] in (b" ", b"-", b".", b"\n")
    )


def _named_otherwise(text: bytes, match: re.Match[bytes]) -> bool:
    """Return whether a bare number is a part of an id, a path, a fraction or a sum."""
    start, end = match.span()
    if end - start not in _USUAL:
        return True
    left, right = text[start - 1 : start] if start else b"", text[end : end + 1]
    if left.isalnum() or left in (b"_", b".", b"/", b"-", b"#") or right.isalnum():
        return True
    before = words_before(text, start)
    return _SUM.search(before) is not None or word_at_end(before) in _OTHERS
