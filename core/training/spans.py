"""The tokens of a text, and which answer each of them lies in."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol


class Renderer(Protocol):
    """What is needed of a tokenizer."""

    @property
    def stop_ids(self) -> frozenset[int]:
        """Ids of the tokens that end an answer."""
        ...

    @property
    def added_ids(self) -> frozenset[int]:
        """Ids of the tokens that no text is cut into by itself: marks of turns, ends, padding."""
        ...

    def render(
        self, messages: Sequence[dict[str, Any]], tools: list[Any] | None, *, opening: bool
    ) -> str:
        """Return the turns as the model sees them; with `opening`, an answer is about to begin."""
        ...

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Return the ids of a text and the characters each one covers; nothing is added."""
        ...

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of some tokens, marks included."""
        ...

    def marked(
        self, messages: Sequence[dict[str, Any]], tools: list[Any] | None
    ) -> list[int] | None:
        """Return the tokens that the template itself marks as answers; None when it marks none."""
        ...


class Span(NamedTuple):
    """Where one answer stands in a text, and what must be found there."""

    start: int
    end: int
    holds: tuple[str, ...]
    """Texts that the trained tokens must give back, compared without white space."""


class Encoded(NamedTuple):
    """The tokens of a text."""

    ids: list[int]
    offsets: list[tuple[int, int]]
    owners: list[int | None]
    """For each token, the number of the span it lies in."""
    merged: bool
    """Whether pieces were encoded apart, because a token lay across a border."""


def joint(text: str, spans: Sequence[Span], renderer: Renderer) -> Encoded | None:
    """Return the tokens of the whole text; None where they depend on what is behind a border.

    When answering the text ends at the border of the answer, and must give the same tokens. White
    space before a border may be cut differently without any token lying across it.
    """
    ids, offsets = renderer.encode(text)
    borders = {border for span in spans for border in (span.start, span.end)}
    if any(start < border < end for start, end in offsets for border in borders):
        return None
    for span in spans:
        before, _ = renderer.encode(text[: span.start])
        if ids[: len(before)] != before:
            return None
    owners = [_owner(start, end, spans) for start, end in offsets]
    return Encoded(ids, offsets, owners, merged=False)


def apart(text: str, spans: Sequence[Span], renderer: Renderer) -> Encoded:
    """Return the tokens of every piece, each encoded by itself."""
    whole = Encoded([], [], [], merged=True)
    at = 0
    for number, span in enumerate(spans):
        for start, end, owner in ((at, span.start, None), (span.start, span.end, number)):
            _append(whole, text, start, end, owner, renderer)
        at = span.end
    _append(whole, text, at, len(text), None, renderer)
    return whole


def _append(
    whole: Encoded, text: str, start: int, end: int, owner: int | None, renderer: Renderer
) -> None:
    """Add one piece of a text to the tokens."""
    ids, offsets = renderer.encode(text[start:end])
    whole.ids.extend(ids)
    whole.offsets.extend((start + first, start + last) for first, last in offsets)
    whole.owners.extend([owner] * len(ids))


def _owner(start: int, end: int, spans: Sequence[Span]) -> int | None:
    """Return the number of the span that holds these characters."""
    for number, span in enumerate(spans):
        if span.start <= start and end <= span.end and start < span.end:
            return number
    return None
