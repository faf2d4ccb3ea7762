"""One way to write a value as bytes, and the hashes and names that are made of them."""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

_UNIT_SEPARATOR = "\x1f"
_SIDE_DIGITS = 16


def canonical(value: Any) -> bytes:
    """Return JSON with sorted keys and no spaces, as UTF-8 that escapes nothing it need not."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(content: bytes) -> str:
    """Return the hash of bytes in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def link(previous: str, event: Mapping[str, Any]) -> str:
    """Return the hash of an event that follows another one, or the plan."""
    body = {name: value for name, value in event.items() if name not in {"prev", "hash"}}
    return sha256(bytes.fromhex(previous) + canonical(body))


def commitment(mapping: Any, nonce: bytes) -> str:
    """Return what is published at the lock, so that the mapping cannot be changed later."""
    return sha256(canonical(mapping) + nonce)


def side_id(key: bytes, item: str, contender: str) -> str:
    """Return the name of an answer that says nothing about whose it is."""
    message = f"{item}{_UNIT_SEPARATOR}{contender}".encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:_SIDE_DIGITS]


def event_id() -> str:
    """Return an id that no other event has and that sorts by time: a UUID of version 7."""
    number = int(time.time() * 1000) << 80 | secrets.randbits(80)
    number = number & ~(0xF << 76) | 7 << 76
    number = number & ~(0x3 << 62) | 2 << 62
    digits = f"{number:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
