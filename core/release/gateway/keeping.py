"""What of a text is kept: all, what no detector objects to, a keyed hash, or nothing."""

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from typing import Any, assert_never

import msgspec

from core.data.detect.find import find_spans
from core.data.detect.redact import placeholder
from core.data.detect.spans import Span
from core.release.release_plan import Kept

_GAP = b"\0" * 32
"""Stands between texts that are searched together: no rule looks across so many ends of turns."""
_BLOCK = 256 * 1024
"""Bytes that are searched together; more would only take memory."""


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

    def turns(self, prompts: Sequence[str]) -> list[str]:
        """Return what is kept of turns as JSON; what is found in one is covered in that turn."""
        if self._policy != "redacted":
            return self.texts(prompts)
        values = [msgspec.json.decode(one) for one in prompts]
        words = [words for value in values for words in _words(value)]
        covered = iter(redacted(words))
        return [msgspec.json.encode(_put_back(value, covered)).decode() for value in values]

    def texts(self, texts: Sequence[str]) -> list[str]:
        """Return what is kept of texts."""
        match self._policy:
            case "full":
                return [one.encode("utf-8", "replace").decode() for one in texts]
            case "redacted":
                return redacted(texts)
            case "hashes":
                return [self._hash(one) if one else "" for one in texts]
            case "nothing":
                return ["" for _ in texts]
            case _:
                assert_never(self._policy)

    def _hash(self, text: str) -> str:
        content = text.encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, content, hashlib.sha256).hex()


def redacted(texts: Sequence[str]) -> list[str]:
    """Return texts with secrets and personal data covered, equal ones of a text by equal stand-ins.

    They are searched together, because a search of a short text costs as much as one of many.
    """
    covered: list[str] = []
    waiting: list[bytes] = []
    size = 0
    for text in texts:
        content = text.replace("\0", " ").encode("utf-8", "replace")
        waiting.append(content)
        size += len(content)
        if size >= _BLOCK:
            covered += _covered(waiting)
            waiting, size = [], 0
    return covered + _covered(waiting)


def _covered(contents: Sequence[bytes]) -> list[str]:
    """Return each text with what is found in it covered."""
    spans = iter(find_spans(b"".join(one + _GAP for one in contents)))
    span = next(spans, None)
    found: list[str] = []
    begin = 0
    for content in contents:
        inside: list[Span] = []
        while span is not None and span.start < begin + len(content):
            inside.append(span)
            span = next(spans, None)
        found.append(_with_stand_ins(content, inside, begin) if inside else content.decode())
        begin += len(content) + len(_GAP)
    return found


def _with_stand_ins(content: bytes, spans: Sequence[Span], begin: int) -> str:
    """Return one text whose spans, counted from `begin`, are covered."""
    known: dict[tuple[str, bytes], str] = {}
    kept: list[bytes] = []
    at = 0
    for span in spans:
        start, end = span.start - begin, span.end - begin
        value = (span.kind, content[start:end])
        stand_in = known.setdefault(value, placeholder(span.kind, len(known) + 1))
        kept += [content[at:start], stand_in.encode()]
        at = end
    return b"".join([*kept, content[at:]]).decode()


def _words(value: object) -> Iterator[str]:
    """Yield every text, name and number in a JSON value, in the order of `_put_back`."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from _words(one)
    elif isinstance(value, list):
        for one in value:
            yield from _words(one)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)


def _put_back(value: object, covered: Iterator[str]) -> Any:
    """Return a JSON value with the covered words in it; numbers stay numbers where nothing was."""
    if isinstance(value, dict):
        # The name comes first out of the iterator, then what it stands for.
        return {next(covered): _put_back(one, covered) for one in value.values()}
    if isinstance(value, list):
        return [_put_back(one, covered) for one in value]
    if isinstance(value, str):
        return next(covered)
    if isinstance(value, int | float) and not isinstance(value, bool):
        said = next(covered)
        return value if said == str(value) else said
    return value
