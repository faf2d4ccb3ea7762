"""What rows are compared by, and the one place that says which engine compares them."""

from collections.abc import Sequence

from core.data.keys import normalise
from core.data.rows import Example
from core.data.similarity import highest_similarity as _highest
from core.data.similarity import shingles, similar_pairs
from core.data.template import Template

NEAR = 0.7
"""Rows this alike are near: they stay on one side of a split, and a lock refuses them."""
_SYSTEM = {"system", "developer"}


def said(example: Example, template: Template) -> str:
    """Return what is said in a row, system turns and shared words left out."""
    return template.strip(_words(example, len(example.messages)))


def asked(example: Example, template: Template) -> list[str]:
    """Return, for each trained answer, what is said before it."""
    places = [place for place, message in enumerate(example.messages) if message.trains]
    return [template.strip(_words(example, place)) for place in places]


def whole(example: Example) -> str:
    """Return what is said in a row with all that rows share, for finding just that."""
    return _words(example, len(example.messages))


def _words(example: Example, end: int) -> str:
    """Return the first turns as words."""
    spoken = (m.text for m in example.messages[:end] if m.role not in _SYSTEM)
    return "\n".join(normalise(text) for text in spoken)


def near_pairs(texts: Sequence[str]) -> list[tuple[int, int]] | None:
    """Return every pair of texts that are near; None when comparing them is too much work."""
    found = similar_pairs([shingles(text) for text in texts], least=NEAR)
    return None if found is None else [(pair.left, pair.right) for pair in found]


def highest_similarity(left: Sequence[str], right: Sequence[str]) -> float | None:
    """Return the largest similarity across a border; None when that is too much work."""
    return _highest([shingles(text) for text in left], [shingles(text) for text in right])
