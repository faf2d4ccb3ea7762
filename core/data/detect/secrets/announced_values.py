"""What convinces of an announced value: that it was chosen as a password or made as a key."""

import re
from typing import Final

from core.data.detect.secrets.keywords import is_code, is_common, made_up_value
from core.data.detect.secrets.proofs import random_looking

_SHORTEST: Final = 6
_LEAST_KEY: Final = 16
_TERM: Final = re.compile(
    rb"(?i)(?<![a-z0-9])(?:utf|sha|md|aes|rsa|base|[bs]crypt|sha[0-9]+crypt|pbkdf|oauth|argon|crypt|x[.]?5|ipv|http|tls|ssl|ntlm|win"
    rb"|python"
    rb"|iso|rfc|cp|latin|unicode|ucs|crc|des|hmac|ed|pkcs|web|fido|radius|top|otp|level|version|v"
    rb"|pep|bpo|gh|issue|bug|step|item|user|test|arg|param|field|line|row|col|page|day|week|phase"
    rb"|error|code|http_?|foo|bar|spam|eggs|host|node|server|db)[-_]?[0-9]"
    rb"|\A[0-9]+[-_.]?(?-i:[a-z]{1,12})(?:[-_][a-z]+)*\Z|\A[0-9][0-9.,:/_x%-]*[a-z]{0,3}\Z"
)
"""Terms of the trade and counts: `utf8-encoded`, `sha256`, `8-character`, `2nd`."""
NUMBERED: Final = re.compile(rb"\A[A-Za-z_]+[0-9]{1,2}\Z")
"""May be a name in code; where words speak of a password it is none."""
_LETTER: Final = re.compile(rb"[A-Za-z]")
_CLASSES: Final = tuple(
    re.compile(one) for one in (rb"[a-z]", rb"[A-Z]", rb"[0-9]", rb"[!#%^&*+?@~=$_.-]")
)
_LABELLED: Final = re.compile(
    rb"\A(?:(?i:sha|md5)[0-9-]*[:=-]|[a-z_]{1,12}=[^=]|[a-z]+[A-Z][A-Za-z]*=|[A-Z][A-Z_]{2,}=|[A-Za-z]+-?[0-9]+(?:[.][0-9]+)+\Z|[a-z_/]+/[a-z0-9_]+[.][a-z]{1,4}\Z|.*&#[0-9])"
)
"""A digest, or a pair of its own, as in `(id=field2)`."""
_FILE: Final = re.compile(
    rb"(?i)\A[\w./-]+[.](?:html?|p[yl]|[jt]sx?|json|ya?ml|toml|txt|md|cfg|conf|ini|log|sql|sh|java"
    rb"|go|rs|rb|php|pem|crt|csv|xml|css|[ch](?:pp)?|png|jpe?g|pdf|zip|gz|exe|dll|so)\Z"
)
HUMPS: Final = re.compile(rb"\A(?:[A-Z][a-z]{2,}){3,}[0-9]{1,4}\Z")
"""Three words and a number: a password of words rather than a name in code."""
_UUID: Final = re.compile(rb"(?i)\A[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")


def is_password(value: bytes, *, clear: bool) -> bool:
    """Return whether somebody may have chosen this password; unclear words need a stronger one."""
    if len(value) < _SHORTEST or _LETTER.search(value) is None:
        return False
    classes = sum(one.search(value) is not None for one in _CLASSES)
    if classes < (2 if clear else 3) or len(set(value)) < 5:
        return False
    if _LABELLED.match(value) or _FILE.match(value) or value.count(b"/") > 1:
        return False
    if value[:1] == value[-1:] == b"%" or (
        is_code(value.lstrip(b"#%$@*") or value) and not (clear and NUMBERED.search(value))
    ):
        return False
    if _TERM.search(value) and classes < 4:
        return False
    return not is_common(value) and not made_up_value(value)


def is_generated(value: bytes, *, clear: bool) -> bool:
    """Return whether a generator made this key, however it is announced."""
    if len(value) < _LEAST_KEY or made_up_value(value) or _LABELLED.match(value):
        return False
    if _UUID.match(value):
        return clear
    parts = value.split(b".")
    if len(parts) > 1 and not any(len(one) >= _LEAST_KEY and random_looking(one) for one in parts):
        return False
    return random_looking(value) and (value[:1] == b"/" or not is_code(value))
