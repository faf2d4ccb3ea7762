"""What of a text is kept: all, what no detector objects to, a keyed hash, or nothing."""

import hashlib
import hmac
from typing import assert_never

import msgspec

from core.data.detect.find import find_spans
from core.data.detect.redact import placeholder
from core.release.release_plan import Kept


class Keeping:
    """Applies the policy of one log.

    Hashes are keyed with a secret of the log: without it nobody can guess a text and see whether
    it was said. Users are always hashed, so that one can be forgotten without being named.
    """

    def __init__(self, policy: Kept, key: bytes) -> None:
        self._policy = policy
        self._key = key

    def user(self, name: str) -> str:
        """Return what stands for a user."""
        return "" if self._policy == "nothing" or not name else self._hash(f"user\0{name}")

    def turns(self, text: str) -> str:
        """Return what is kept of turns as JSON; what is found in one is covered in that turn."""
        if self._policy != "redacted":
            return self.text(text)
        turns = msgspec.json.decode(text)
        return msgspec.json.encode(_covered(turns)).decode()

    def text(self, text: str) -> str:
        """Return what is kept of a text."""
        match self._policy:
            case "full":
                return text.encode("utf-8", "replace").decode()
            case "redacted":
                return redacted(text)
            case "hashes":
                return self._hash(text) if text else ""
            case "nothing":
                return ""
            case _:
                assert_never(self._policy)

    def _hash(self, text: str) -> str:
        content = text.encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, content, hashlib.sha256).hex()


def redacted(text: str) -> str:
    """Return a text with secrets and personal data covered, equal ones by equal stand-ins."""
    content = text.replace("\0", " ").encode("utf-8", "replace")
    spans = find_spans(content + b"\0")
    if not spans:
        return content.decode()
    known: dict[tuple[str, bytes], str] = {}
    kept: list[bytes] = []
    at = 0
    for span in spans:
        value = (span.kind, content[span.start : span.end])
        stand_in = known.setdefault(value, placeholder(span.kind, len(known) + 1))
        kept += [content[at : span.start], stand_in.encode()]
        at = span.end
    return b"".join([*kept, content[at:]]).decode()


def _covered(value: object) -> object:
    """Return JSON with every text in it redacted."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, list):
        return [_covered(one) for one in value]
    if isinstance(value, dict):
        return {name: _covered(one) for name, one in value.items()}
    return value
