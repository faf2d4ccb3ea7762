"""What a person says of an answer: a thumb, words, or the answer it should have been."""

from dataclasses import dataclass
from typing import Any

from core.release.gateway.asking import RefusedError, decode

_MOST_WORDS = 20_000
_RATINGS = {"up": 1, "down": -1, 1: 1, -1: -1}
_FIELDS = {"id", "rating", "comment", "correction"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """Said of one answer."""

    id: str
    """The answer's id."""
    rating: int | None
    """1 for good, -1 for bad; None where nobody said."""
    comment: str
    """"" for none."""
    correction: str
    """What the answer should have been; "" where nobody said."""


def read_feedback(body: bytes) -> Feedback:
    """Return the feedback in a body, or refuse it by the name of the field."""
    value = decode(body)
    unknown = value.keys() - _FIELDS
    if unknown:
        raise RefusedError(400, "There is a field that feedback has not.", code="invalid_value")
    id = value.get("id")
    if not isinstance(id, str) or not 1 <= len(id) <= 80:
        raise _wrong("id", "is no id of an answer")
    rating = value.get("rating")
    if rating is not None and (isinstance(rating, bool) or _hashable(rating) not in _RATINGS):
        raise _wrong("rating", 'is neither "up" nor "down"')
    found = Feedback(
        id=id,
        rating=None if rating is None else _RATINGS[rating],
        comment=_words(value, "comment"),
        correction=_words(value, "correction"),
    )
    if found.rating is None and not found.comment and not found.correction:
        raise _wrong("rating", "is missing, and so are a comment and a correction")
    return found


def _hashable(value: object) -> object:
    return value if isinstance(value, str | int) else None


def _words(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    if found is None:
        return ""
    if not isinstance(found, str) or len(found) > _MOST_WORDS:
        raise _wrong(name, f"is no text of at most {_MOST_WORDS:,} characters")
    return found


def _wrong(param: str, why: str) -> RefusedError:
    return RefusedError(400, f"{param} {why}.", code="invalid_value", param=param)
