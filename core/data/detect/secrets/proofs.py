"""What can be computed about a secret: checksums, structure, and how random it looks."""

import base64
import binascii
import json
import math
import re
import zlib
from collections import Counter

_ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = 6
_PLACEHOLDER_WORDS = (
    *("example", "placeholder", "dummy", "fake", "redacted", "changeme", "sample", "insert"),
    *("lorem", "your_", "your-", "goes_here", "goeshere", "secretkeyhere", "secret_key_here"),
)
_FAKE = re.compile(
    b"|".join(
        form
        for word in map(str.encode, _PLACEHOLDER_WORDS)
        for form in (word, word.upper(), word.capitalize())
    )
    + rb"|(?i:x{4}|\*{3}|\.{3}|abcdefgh|0{8}|12345678|(.)\1{7})"
)
"""Words in one case: among random letters such a word stands in a mixture of cases."""
_WORDS = re.compile(rb"[a-z]{5,}|[A-Z]{5,}")
_NUMBERS = re.compile(rb"[0-9]+")
_SCATTERED = 4
"""Numbers within one run of letters that no name has."""
_VOWELS = re.compile(rb"(?i)[aeiouy]")
_CONSONANTS = re.compile(rb"(?i)[bcdfghjklmnpqrstvwxz]{5}|q[^u]|[jvx][bcdfghjklmnpqrstvwxz]")
_SWITCHES = re.compile(rb"(?<=[a-z])(?![a-z])|(?<=[A-Z])(?![A-Z])|(?<=[0-9])(?![0-9])")
_OFTEN = 0.45
"""Changes between small, big and digit a sign; words in camel case stay below."""
_MIXED = 3.0
"""Bits a sign that a generated value of sixteen signs practically always has."""
_ENOUGH = 2.6
"""Bits a sign below which a long token is a placeholder."""


def checksum(body: bytes) -> bytes:
    """Return the six characters that end a token: its CRC-32 in base 62, padded with zeros."""
    number = zlib.crc32(body)
    ending = bytearray()
    while number:
        number, place = divmod(number, 62)
        ending.append(_ALPHABET[place])
    return bytes(reversed(ending)).rjust(_CHECK, b"0")


def ends_in_checksum(token: bytes) -> bool:
    """Return whether the part after the first underscore ends in its own checksum."""
    body = token.partition(b"_")[2]
    return checksum(body[:-_CHECK]) == body[-_CHECK:]


def entropy(value: bytes) -> float:
    """Return bits a byte by the value's own letter counts."""
    counts = Counter(value).values()
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts)


def made_up(value: bytes) -> bool:
    """Return whether a value is a placeholder of documentation rather than a token."""
    return _FAKE.search(value) is not None or entropy(value) < _ENOUGH


def _spoken(letters: bytes) -> bool:
    """Return whether letters of one case may be a word: it has vowels, and no five consonants."""
    vowels = len(_VOWELS.findall(letters))
    return 4 * vowels >= len(letters) and _CONSONANTS.search(letters) is None


def random_looking(value: bytes) -> bool:
    """Return whether letters and digits are mixed as a generator mixes them, not as words are."""
    letters = sum(65 <= byte <= 90 or 97 <= byte <= 122 for byte in value)
    digits = sum(48 <= byte <= 57 for byte in value)
    if letters < 2 or digits + letters < len(value) / 2 or entropy(value) < _MIXED:
        return False
    if len(_NUMBERS.findall(value)) >= _SCATTERED and value.isalnum():
        return True
    if digits > 1 and sum(map(_spoken, _WORDS.findall(value))) < 2:
        return True
    return len(_SWITCHES.findall(value)) >= _OFTEN * len(value)


def base64_json(segment: bytes) -> bool:
    """Return whether a base64url segment decodes to a JSON object."""
    try:
        decoded = base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))
        return isinstance(json.loads(decoded), dict)
    except (binascii.Error, ValueError):
        return False


def base64_number(segment: bytes) -> bool:
    """Return whether a base64 segment decodes to a decimal number."""
    try:
        decoded = base64.b64decode(segment + b"=" * (-len(segment) % 4))
    except (binascii.Error, ValueError):
        return False
    return decoded.isdigit() and 16 <= len(decoded) <= 20
