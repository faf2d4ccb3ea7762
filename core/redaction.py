"""Covers keys in text that servers and libraries wrote, before anything keeps or shows it."""

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote

COVER = "[key]"
_RUN = 12
"""So many characters of a key in a row give away that it is the key."""

_KEY = re.compile(
    r"^(sk-|AIza|gsk_|hf_|fw_|tgp_|ya29\.|Bearer )|^[A-Za-z0-9+/_-]*[0-9][A-Za-z0-9+/_-]{31,}$"
)


def looks_like_a_key(text: str) -> bool:
    """Return whether a setting with this value would put a key into a file."""
    return _KEY.match(text) is not None


class Redactor:
    """Knows some secrets and covers them, their encoded forms and their longer parts."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = [one for one in secrets if one]
        forms = {form for one in known for form in _forms(one)}
        parts = {
            form[at : at + _RUN] for form in forms for at in range(max(0, len(form) - _RUN + 1))
        }
        self._whole = sorted(forms, key=len, reverse=True)
        self._parts = parts

    def __repr__(self) -> str:
        """Return nothing of what it knows."""
        return "Redactor()"

    def __call__(self, text: str) -> str:
        """Return the text with every secret covered."""
        for form in self._whole:
            text = text.replace(form, COVER)
        if not self._parts:
            return text
        kept: list[str] = []
        at = start = 0
        while at <= len(text) - _RUN:
            if text[at : at + _RUN] not in self._parts:
                at += 1
                continue
            kept += [text[start:at], COVER]
            at += _RUN
            while at < len(text) and text[at - _RUN + 1 : at + 1] in self._parts:
                at += 1
            start = at
        return "".join([*kept, text[start:]])


def _forms(secret: str) -> set[str]:
    """Return a secret as it may stand in an address or a header."""
    raw = secret.encode()
    packed = base64.b64encode(raw).decode()
    return {secret, quote(secret, safe=""), packed, packed.rstrip("=")}
