"""United States social security numbers."""

import re
from collections.abc import Iterator

from core.data.detect.context import announced
from core.data.detect.rules import Rule
from core.data.detect.spans import Hit

RULE = Rule(
    kind="ssn",
    group="personal",
    severity="high",
    title="US social security number: parts that are given out, with dashes or a word before.",
    finds=(
        "SSN 309-59-4565. 4 items",
        "social security number: 309594565",
        "ssn is 309 59 4565",
        '{"ssn": "309-59-4565"}',
    ),
    leaves=(
        "000-12-3456",
        "666-12-3456",
        "912-12-3456",
        "309-00-4565",
        "309-59-0000",
        "078-05-1120",
        "123-45-6789",
        "309 59 4565 rows",
        "1-309-59-4565",
        "309-59-4565-1",
        "309594565",
    ),
)
DIGITS = 9
"""Digits of every number."""
_DASHED = re.compile(rb"(?<![0-9A-Za-z.\-])[0-9]{3}-[0-9]{2}-\n?[0-9]{4}(?![0-9A-Za-z]|[\-.][0-9])")
_LOOSE = re.compile(rb"(?<![0-9\-.])[0-9]{3}([ .\n\-]?)[0-9]{2}[ .\n\-]?[0-9]{4}(?![0-9]|-[0-9])")
_CUE = re.compile(
    rb"\bssn\b|social[ _-]?security|\bsoc\.? sec|\bss ?#|tax ?payer id|_ssn|\bss[n#]?\s?(?:no|num)"
)
_PRINTED = {
    b"078051120",
    b"219099999",
    b"123456789",
    b"457555462",
    b"111111111",
    b"111223333",
    b"987654321",
}
"""Numbers that advertisements and manuals made famous."""


def given_out(digits: bytes) -> bool:
    """Return whether the agency could have given out this number."""
    area, pair, serial = digits[:3], digits[3:5], digits[5:]
    ruled_out = area in (b"000", b"666") or area >= b"900" or pair == b"00" or serial == b"0000"
    return not ruled_out and digits not in _PRINTED


def find(text: bytes, start: int, end: int) -> Iterator[Hit]:
    """Yield the numbers in one stretch of digits."""
    for match in _LOOSE.finditer(text, start, end):
        digits = match.group().translate(None, b" .-\n")
        if not given_out(digits):
            continue
        if _DASHED.match(text, match.start()) or announced(_CUE, text, match.start()):
            yield Hit(RULE.kind, match.start(), match.end(), "high")
