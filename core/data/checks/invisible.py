"""Characters that nobody sees, or that look like others, and that a model reads all the same."""

import re
import unicodedata
from collections.abc import Iterator

from core.data.asked import Asked
from core.data.block import Block
from core.data.checking import Check
from core.data.rows import Fault, raised

CHECK = Check(
    id="invisible",
    severity="review",
    message="The text holds characters that nobody sees; they split words and hide secrets.",
    remedy="Look at the place and remove them, or write the plain character.",
)
_CONTROLS = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FOREIGN = re.compile(
    rb"\xc2[\x80-\x9f\xad]"  # C1 controls, soft hyphen
    rb"|\xe2\x80[\x8b\x8e\x8f\xaa-\xae]"  # zero-width space, marks and overrides of direction
    rb"|\xe2\x81[\xa0-\xaf]"  # word joiner, invisible operators, isolates
    rb"|(?<![\x80-\xff])\xe2\x80[\x8c\x8d]|\xe2\x80[\x8c\x8d](?![\x80-\xff])"  # joiners in Latin
    rb"|\xef\xbb\xbf|\xef\xbf[\xb9-\xbb]"  # a byte order mark inside, annotations
    rb"|\xf3\xa0[\x80\x81][\x80-\xbf]"  # tag characters
    rb"|(?:\xef\xbc[\x90-\x99])+"  # full-width digits
)
_ANCHORS = (b"\xc2", b"\xe2\x80", b"\xe2\x81", b"\xef\xbb", b"\xef\xbf", b"\xef\xbc", b"\xf3\xa0")


def find(block: Block, asked: Asked) -> Iterator[Fault]:
    """Yield each turn with such a character, naming the first; worse where the loss sees it."""
    text = block.text
    places = []
    if block.signs.has_controls:
        places += [(found.start(), found[0]) for found in _CONTROLS.finditer(text)]
    if not block.is_ascii and any(anchor in text for anchor in _ANCHORS):
        places += [(found.start(), found[0]) for found in _FOREIGN.finditer(text)]
    last = -1
    for at, found in sorted(places):
        if at >= last:
            turn = block.turn_at(at)
            last = turn.end
            yield Fault(
                check=CHECK.id,
                row=turn.row,
                path=turn.path,
                message=f"holds {_named(found)}",
                severity=raised(CHECK.severity) if turn.trains else None,
            )


def _named(found: bytes) -> str:
    """Return the code and the name of a character."""
    character = found.decode()[0]
    name = unicodedata.name(character, "a control character").lower()
    return f"U+{ord(character):04X} ({name})"
