"""What a person says of an answer: a thumb, words, or the answer it should have been."""

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from core.release.gateway.asking import RefusedError, decode

_RATINGS = {"up": 1, "down": -1, 1: 1, -1: -1}
Words: TypeAlias = Annotated[str, Meta(max_length=20_000)]


class Saying(Struct, forbid_unknown_fields=True):
    """A body of feedback: a rating, a comment or a correction of one answer."""

    id: Annotated[str, Meta(min_length=1, max_length=80, description="Id of the answer.")]
    rating: Literal["up", "down", 1, -1] | None = None
    comment: Words | None = None
    correction: Annotated[Words, Meta(description="The answer as it should have been.")] | None = (
        None
    )


_SAYING = msgspec.json.Decoder(Saying)


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
    said = decode(body, _SAYING)
    if said.rating is None and not said.comment and not said.correction:
        why = "rating is missing, and so are a comment and a correction."
        raise RefusedError(400, why, code="invalid_value", param="rating")
    return Feedback(
        id=said.id,
        rating=None if said.rating is None else _RATINGS[said.rating],
        comment=said.comment or "",
        correction=said.correction or "",
    )
