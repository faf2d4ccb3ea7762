"""Stand-ins for what was found, and the mark by which equal values are known without being kept."""

import hashlib
import hmac

_NAMES = {"ip": "IP_ADDRESS", "mac": "MAC_ADDRESS"}
_WITHOUT_CASE = frozenset({"email", "iban"})
_WITHOUT_SIGNS = frozenset({"card", "iban", "phone", "ssn"})
_SIGNS = b" .-/()\n"


def placeholder(kind: str, number: int) -> str:
    """Return the typed stand-in, such as `<EMAIL_3>`; no detector finds anything in it."""
    name = _NAMES.get(kind, kind.upper().replace("-", "_"))
    return f"<{name}_{number}>"


def mark(key: bytes, kind: str, value: bytes) -> str:
    """Return the keyed hash of a value: same for the same value, useless without the key."""
    plain = value.lower() if kind in _WITHOUT_CASE else value
    if kind in _WITHOUT_SIGNS:
        plain = plain.translate(None, _SIGNS)
    return hmac.digest(key, kind.encode() + b"\0" + plain, hashlib.sha256)[:16].hex()
