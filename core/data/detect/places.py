"""Where in a text personal data and secrets stand, by its characters, for whoever shows it."""

from typing import NamedTuple

from core.data.detect.find import find_spans
from core.data.detect.spans import Group


class Place(NamedTuple):
    """A stretch of a text."""

    start: int
    """Its first character."""
    end: int
    """One past its last."""
    group: Group
    """Whether it opens a door or names a person."""


def places_in(text: str) -> list[Place]:
    """Return what is found in one turn, in order and without overlaps."""
    block = text.encode("utf-8", "replace").replace(b"\0", b"\1") + b"\0"
    return [
        Place(len(block[: span.start].decode()), len(block[: span.end].decode()), span.group)
        for span in find_spans(block)
    ]
