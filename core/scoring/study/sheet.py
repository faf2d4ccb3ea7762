"""What raters may see: prompts and answers without a name, and in which order."""

from typing import NamedTuple

import msgspec

from core.errors import DataError

VERSION = 1


class Turn(msgspec.Struct, frozen=True):
    """One message of a prompt."""

    role: str
    """Who says it."""
    text: str
    """What is said; not yet safe to show."""


class Side(msgspec.Struct, frozen=True):
    """One answer to rate."""

    id: str
    """Tells apart, and says nothing about whose answer it is."""
    text: str
    """The answer; not yet safe to show."""
    same: tuple[str, ...] = ()
    """Sides of this item with exactly this text, which are rated with it."""


class SheetItem(msgspec.Struct, frozen=True):
    """One item to rate."""

    id: str
    """Its name in every log."""
    prompt: tuple[Turn, ...]
    """What was asked."""
    reference: str | None
    """The expected answer, shown on request; None where there is none."""
    sides: tuple[Side, ...]
    """The different answers, by id."""


class Meeting(NamedTuple):
    """One item as a rater meets it, by numbers."""

    item: int
    """Which item of the sheet."""
    occurrence: int
    """0 the first time, 1 when it comes again."""
    places: tuple[int, ...]
    """Which side stands at each place."""


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a rater's program reads."""

    version: int = VERSION
    study: str
    """Id of the study."""
    name: str
    """What the study is called."""
    scores: tuple[int, ...]
    """The scores that may be given."""
    raters: tuple[str, ...]
    """Who may rate; empty lets anybody in."""
    raters_per_item: int
    """How many people rate each item."""
    exit_question: bool
    """Whether to ask at the end which answers were the fine-tune's."""
    commitment: str
    """Hash of what is sealed: whose answer is whose."""
    items: tuple[SheetItem, ...]
    """In the order in which a sequential study counts them."""
    orders: tuple[tuple[Meeting, ...], ...]
    """For each slot of a rater, what is met in which order."""


def decode_sheet(content: bytes) -> Sheet:
    """Return the sheet in these bytes, or refuse them."""
    try:
        sheet = msgspec.json.decode(content, type=Sheet)
    except msgspec.MsgspecError as broken:
        raise DataError(
            what="The sheet of this study cannot be read.",
            why="The file was changed or cut after the study was locked.",
            remedy="Put back `sheet.json` as the lock wrote it.",
        ) from broken
    if sheet.version > VERSION:
        raise DataError(
            what="The sheet of this study was made by a newer tuningfork.",
            why=f"It has version {sheet.version}; this one knows {VERSION}.",
            remedy="Upgrade tuningfork; nothing was changed.",
        )
    return sheet
