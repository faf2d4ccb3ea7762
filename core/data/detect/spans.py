"""What a detector says: where, of which kind, how bad, and a preview that gives nothing away."""

from typing import Literal, NamedTuple

Severity = Literal["blocker", "high", "review", "info"]
Group = Literal["secret", "personal"]

_LONG = 20
"""From this many bytes on, four at the front and two at the back give nothing away."""
_MIDDLE = 14
_MASK = "****"
_SHOWN = bytes(code if 0x20 < code < 0x7F else 0x3F for code in range(256))


class Hit(NamedTuple):
    """What one rule found, before overlaps are settled; a tuple, since there are many."""

    kind: str
    """Name of the rule."""
    start: int
    """Offset of the first byte in the block."""
    end: int
    """Offset after the last byte."""
    severity: Severity
    """How bad it is, unmasked and once."""


class Span(NamedTuple):
    """One place that holds personal data or a secret; it never carries the value.

    A tuple, since a large file has a million of them and they travel between processes.
    """

    kind: str
    """Name of the rule, as in `kinds()`."""
    group: Group
    """Whether it opens a door or names a person."""
    start: int
    """Offset of the first byte in the block."""
    end: int
    """Offset after the last byte."""
    severity: Severity
    """Blocker, high, review or info, for an unmasked single occurrence."""
    preview: str
    """The value with its middle masked, safe to show and to store."""


def masked(value: bytes) -> str:
    """Return the value with its middle masked; a short one keeps its first sign only.

    Only printable ASCII survives, so that a terminal has nothing to obey.
    """
    shown = (value[:4] + value[-2:]).translate(_SHOWN).decode("ascii")
    if len(value) >= _LONG:
        return f"{shown[:4]}{_MASK}{shown[-2:]}"
    if len(value) >= _MIDDLE:
        return f"{shown[:2]}{_MASK}{shown[-2:]}"
    return f"{shown[:1]}{_MASK}"
