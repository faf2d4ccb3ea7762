"""Stand-ins for what was found: the same value gets the same one, and no value is kept."""

import hashlib
import hmac

from core.data.detect.kinds import GROUPS

_FAKES = {
    "email": "person{0}@example.com",
    "phone": "555-01{0:02d}",
    "ip": "192.0.2.{0}",
}
_ROOM = {"phone": 99, "ip": 254}
"""How many reserved values there are; behind them the typed form goes on."""
_SIX = "2001:db8::{0:x}"
_NAMES = {"ip": "IP_ADDRESS", "mac": "MAC_ADDRESS"}


def placeholder(kind: str, number: int) -> str:
    """Return the typed stand-in, such as `<EMAIL_3>`; no detector finds anything in it."""
    name = _NAMES.get(kind, kind.upper().replace("-", "_"))
    return f"<{name}_{number}>"


def fake(kind: str, number: int, *, six: bool = False) -> str:
    """Return a reserved value that reads like the real thing, or the typed stand-in without one.

    Hosts under example.com, numbers from 555-01xx, addresses from 192.0.2.0/24 and 2001:db8::/32
    belong to nobody and never will.
    """
    if six and kind == "ip":
        return _SIX.format(number)
    form = _FAKES.get(kind)
    if form is None or number > _ROOM.get(kind, number):
        return placeholder(kind, number)
    return form.format(number)


class Redactor:
    """Numbers values of each kind in the order they come, by keyed hash alone."""

    def __init__(self, key: bytes, *, realistic: bool = False) -> None:
        """Take the key of the hashes; with `realistic`, reserved values instead of typed names."""
        self._key = key
        self._realistic = realistic
        self._numbers: dict[str, dict[bytes, int]] = {}

    def surrogate(self, kind: str, value: bytes) -> str:
        """Return the stand-in of a value: equal values of a kind share one, whoever writes them."""
        if kind not in GROUPS:
            raise KeyError(kind)
        known = self._numbers.setdefault(kind, {})
        number = known.setdefault(self.digest(kind, value), len(known) + 1)
        if self._realistic:
            return fake(kind, number, six=b":" in value)
        return placeholder(kind, number)

    def digest(self, kind: str, value: bytes) -> bytes:
        """Return the keyed hash of a value: same for the same value, useless without the key."""
        plain = value.lower() if kind in ("email", "iban") else value
        if kind in ("card", "iban", "phone", "ssn"):
            plain = plain.translate(None, b" .-/()\n")
        return hmac.digest(self._key, kind.encode() + b"\0" + plain, hashlib.sha256)[:16]
