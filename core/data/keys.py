"""Names rows by what they say: equal keys mean equal rows, equal words or equal inputs.

Keys are hashes under a secret salt, so that a lock file may be shown without showing its rows.
"""

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from core.data.formats import canonical
from core.data.rows import Example, Message

SALT_BYTES = 16
_KEY_BYTES = 16
_SYSTEM = {"system", "developer"}
_ROW, _NORM, _INPUT = b"tf:row:1", b"tf:norm:1", b"tf:input:1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowKeys:
    """The names of one row."""

    row: bytes
    """Equal for the same messages and tools, whatever the order of their fields."""
    norm: bytes
    """Equal for the same words: case, width and spaces aside, system turns left out."""
    inputs: tuple[bytes, ...]
    """One for each trained answer: the words before it; empty where nothing comes before."""


def row_keys(example: Example, salt: bytes) -> RowKeys:
    """Return the keys of a row under a salt."""
    return RowKeys(
        row=_keyed(canonical_form(example), salt, _ROW),
        norm=_keyed(normalised_form(example), salt, _NORM),
        inputs=tuple(_keyed(form, salt, _INPUT) for form in input_forms(example) if form),
    )


def _keyed(form: str, salt: bytes, purpose: bytes) -> bytes:
    """Return the keyed hash of a form."""
    return hashlib.blake2b(
        form.encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES, key=salt, person=purpose
    ).digest()


def canonical_form(example: Example) -> str:
    """Return the row as canonical JSON, Unicode composed."""
    value: dict[str, Any] = {"messages": [message.raw for message in example.messages]}
    if example.tools is not None:
        value["tools"] = example.tools
    return unicodedata.normalize("NFC", canonical(value))


def normalise(text: str) -> str:
    """Return the words of a text: compatible characters, no case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _joined(messages: Iterable[Message]) -> str:
    """Return turns as one text with separators that no text holds by accident."""
    return "\x1e".join(f"{message.role}\x1f{normalise(message.text)}" for message in messages)


def normalised_form(example: Example) -> str:
    """Return the words of the row, system turns left out."""
    return _joined(m for m in example.messages if m.role not in _SYSTEM)


def system_form(example: Example) -> str:
    """Return the words of the system turns."""
    return _joined(m for m in example.messages if m.role in _SYSTEM)


def input_forms(example: Example) -> list[str]:
    """Return, for each trained answer, the words before it."""
    spoken = [m for m in example.messages if m.role not in _SYSTEM]
    return [_joined(spoken[:place]) for place, m in enumerate(spoken) if m.trains]


def merkle_root(keys: Iterable[bytes]) -> bytes:
    """Return one hash over sorted keys; an odd node moves up, no keys give the hash of nothing."""
    level = [_plain(b"\0" + key) for key in sorted(keys)]
    if not level:
        return _plain(b"")
    while len(level) > 1:
        pairs = [_plain(b"\1" + a + b) for a, b in zip(level[::2], level[1::2], strict=False)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]


def _plain(content: bytes) -> bytes:
    """Return the unkeyed hash, which anybody can check."""
    return hashlib.blake2b(content, digest_size=_KEY_BYTES).digest()
