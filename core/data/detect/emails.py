"""Mail addresses: anchored on the at sign, believed when the last label is a real domain ending."""

import re

from core.data.detect.domains import ENDINGS, RESERVED
from core.data.detect.rules import Rule
from core.data.detect.spans import Hit

RULE = Rule(
    kind="email",
    group="personal",
    severity="review",
    title="Mail address with a real domain ending, reserved example domains left out.",
    finds=(
        "write to jane.doe+news@gmail.com.",
        '{"mail": "o\'brien@firma.co.uk"}',
        "?to=anna%40posteo.de&x=1",
        "jörg.müller@städte.de",
        "联系wang.wei@qq.com谢谢",
        '{\\"email\\": \\"kim@naver.com\\"}',
        "line\\nlee@corp.io\\nend",
    ),
    leaves=(
        "jo@example.com or 555-0142",
        "logo@2x.png",
        "@app.route and a @ b",
        "npm i lodash@4.17.21",
        "git@github.com:owner/name.git",
        "https://user:password@host.com/",
        "you@yourdomain.com",
        "user@localhost",
        "x@file.py3",
        "a.@b..com",
    ),
)
_LOCAL = re.compile(
    rb"(?:[A-Za-z0-9._+'\-/&]|%(?!40)|\xc3[\x80-\xbf]|[\xc4\xc5][\x80-\xbf]){1,64}\Z"
)
_DOMAIN = re.compile(
    rb"(?:(?:[A-Za-z0-9]|\xc3[\x80-\xbf]|[\xc4\xc5][\x80-\xbf])"
    rb"(?:[A-Za-z0-9\-]|\xc3[\x80-\xbf]|[\xc4\xc5][\x80-\xbf]){0,62}\.\n?)+"
    rb"([A-Za-z][A-Za-z0-9\-]{1,23})"
)
_ESCAPED = re.compile(rb"\A(?:[nrt](?=[A-Za-z0-9]))")
_NOBODY = re.compile(
    rb"(?:your?|your[._-]?(?:name|email)|name|user(?:name)?|e?mail|foo|someone|somebody|nobody|me|x+|abc|test)"
    rb"@(?:[a-z]*domain|company|your[a-z-]*|e?mail|site|website|foo|bar|mycompany|host|server|abc|xyz|test|x+)"
    rb"\.(?:com|org|net|co|io)\Z"
)
_LEFT_TRIM = b".'-/&%"


def find_at(text: bytes, at: int, width: int = 1) -> Hit | None:
    """Return the address around one at sign, which is `width` bytes wide."""
    domain = _DOMAIN.match(text, at + width, at + width + 254)
    if domain is None:
        return None
    start = _local_start(text, at)
    if start is None:
        return None
    end = domain.end()
    ending = domain.group(1).lower()
    if ending not in ENDINGS and not ending.startswith(b"xn--"):
        # `corp.com.Then`: the ending may be the word before
        shorter = text[at + width : domain.start(1) - 1].rstrip(b".\n")
        if shorter.rpartition(b".")[2].lower() not in ENDINGS or b"." not in shorter:
            return None
        end = at + width + len(shorter)
    host = text[at + width : end].replace(b"\n", b"").lower()
    address = text[start:at].lower() + b"@" + host
    if _reserved(host) or _NOBODY.match(address) or (address.startswith(b"git@")):
        return None
    if text[end : end + 1] in (b"_", b"(") or (text[end : end + 1] == b"@"):
        return None
    return Hit(RULE.kind, start, end, "review")


def _local_start(text: bytes, at: int) -> int | None:
    """Return where the part before the at sign begins, or None where none can."""
    low = max(0, at - 65)
    window = text[low:at]
    size = 0
    match = _tail(window)
    if match is not None:
        size = len(match)
    start = at - size
    value = text[start:at]
    slash = max(value.rfind(b"/"), value.rfind(b"&"))
    if slash >= 0:  # an address in a path or after `&` in a query begins behind it
        if text[max(0, start - 2) : start + 2].find(b"//") >= 0:
            return None
        start += slash + 1
    while start < at and text[start] in _LEFT_TRIM:
        start += 1
    if start and text[start - 1] == 0x5C and _ESCAPED.match(text[start:at]):
        start += 1
    credentials = text[max(0, start - 80) : start]
    scheme = credentials.rfind(b"://")
    if scheme >= 0 and not re.search(rb"[\s\0/?\"'<>]", credentials[scheme + 3 :]):
        return None
    if start >= at or text[at - 1] == 46 or b".." in text[start:at]:
        return None
    return start


def _tail(window: bytes) -> bytes | None:
    """Return the longest ending of a window that an address may begin with."""
    match = _BACKWARDS.match(window[::-1])
    return match.group()[::-1] if match is not None else None


# Read from the at sign to the left, so a two-byte letter shows its second byte first.
_BACKWARDS = re.compile(rb"(?:[A-Za-z0-9._+'\-/&]|%(?!04)|[\x80-\xbf][\xc3-\xc5]){1,64}")


def _reserved(host: bytes) -> bool:
    """Return whether the host is set aside for examples and tests, as in RFC 2606."""
    labels = host.split(b".")
    return labels[-1] in RESERVED or (len(labels) > 1 and labels[-2] == b"example")
