"""What rows are compared by, and the one place that says which engine compares them."""

from collections.abc import Sequence
from typing import Final

from core.data.keys import normalise
from core.data.near import pairs, words
from core.data.rows import Example
from core.data.template import Template

NEAR: Final = words.NEAR
"""Rows this alike are near: they stay on one side of a split, and a lock refuses them."""
_TURN = "\0"
SYSTEM_ROLES = frozenset({"system", "developer"})
_AT_ONCE = 4096
"""Texts whose fingerprints are made together."""


def said(example: Example, template: Template) -> str:
    """Return what is said in a row, system turns and shared words left out."""
    return template.strip(_turns(example, len(example.messages)))


def asked(example: Example, template: Template) -> list[str]:
    """Return, for each trained answer, what is said before it."""
    places = [place for place, message in enumerate(example.messages) if message.trains]
    return [template.strip(_turns(example, place)) for place in places]


def whole(example: Example) -> str:
    """Return what is said in a row with all that rows share, for finding just that."""
    return _turns(example, len(example.messages))


def _turns(example: Example, end: int) -> str:
    """Return the first turns as words."""
    spoken = (m.text for m in example.messages[:end] if m.role not in SYSTEM_ROLES)
    return _TURN.join(normalise(text).replace(_TURN, " ") for text in spoken)


def pieces(text: str) -> frozenset[bytes]:
    """Return the runs of five words by whose overlap texts are alike."""
    return words.shingle_set(words.prepared(text))


def near_pairs(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Return pairs of near texts, enough of them to tie every near text to the others."""
    return [(pair.left, pair.right) for pair in pairs.near_pairs(texts, least=NEAR)]


def signatures(texts: Sequence[str], salt: bytes) -> list[bytes]:
    """Return a fingerprint of each text under the salt, as a lock keeps it."""
    from core.data.near.lock import signature_bytes
    from core.data.near.many import signatures_of

    return [signature_bytes(one) for one in signatures_of(texts, len(texts), key=salt)]


def worth_a_look(kept: Sequence[bytes], texts: Sequence[str], salt: bytes) -> dict[int, float]:
    """Return which texts may be near one of the fingerprints, and about how near."""
    from core.data.near.lock import near_lock, read_signatures

    known = read_signatures(kept)
    found: dict[int, float] = {}
    for start in range(0, len(texts), _AT_ONCE):
        some = near_lock(known, texts[start : start + _AT_ONCE], key=salt)
        found |= {start + hit.row: hit.estimate for hit in some}
    return found
