"""A row of a dataset as lines: a conversation, its raw line, or its difference from another."""

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from rich.text import Text

from core.text_safety import clip, visible
from core.word_diff import word_diff
from tui.widgets.page import Hanging, Line
from tui.widgets.safe_text import safe_lines, safe_text
from tui.wording import sign

if TYPE_CHECKING:
    from core.data.rows import Fault, Message, Row

_INDENT = 2
_SHOWN = 20_000
"""Signs of a turn that are shown."""
_SIGNS = {"same": "", "added": "good", "removed": "bad"}
_BEFORE = {"same": "", "added": "+", "removed": "-"}


def conversation(
    row: "Row", faults: Sequence["Fault"] = (), *, limit: int | None = None
) -> Iterator[Line]:
    """Yield what is said in a row, turn by turn, each complaint below the turn it is about.

    Secrets and personal data stand out; with a limit of tokens, a line says how much of the row
    is sure to stay within it.
    """
    if row.example is None:
        yield Text("This line cannot be read as a conversation.", style="warn")
        yield from complaints([*row.faults, *(f for f in faults if f not in row.faults)])
        yield Text("")
        yield from raw(row.raw)
        return
    turns = [f"messages[{place}]" for place in range(len(row.example.messages))]
    about = {turn: [f for f in faults if _is_about(f, turn)] for turn in turns}
    placed = {id(fault) for found in about.values() for fault in found}
    yield from complaints([fault for fault in faults if id(fault) not in placed])
    for message, turn, sure in zip(
        row.example.messages, turns, _sure(row.example.messages, limit), strict=True
    ):
        yield from _turn(message, sure, limit or 0)
        yield from complaints(about[turn])
        yield Text("")
    if row.example.tools:
        yield Text("tools", style="strong")
        yield from _indented(json.dumps(row.example.tools, ensure_ascii=False, indent=1))


def _is_about(fault: "Fault", turn: str) -> bool:
    return fault.path == turn or fault.path.startswith((f"{turn}.", f"{turn}["))


def _sure(messages: Sequence["Message"], limit: int | None) -> Iterator[int | None]:
    """Yield, turn by turn, after how many signs the limit may cut; None where it cannot there."""
    from core.data.tokens import TURN_TOKENS

    left = limit
    for message in messages:
        if left is None:
            yield None
            continue
        left -= TURN_TOKENS
        data = message.text.encode("utf-8", "replace")
        over = len(data) > left
        yield len(data[: max(left, 0)].decode(errors="ignore")) if over else None
        left = None if over else left - len(data)


def _turn(message: "Message", sure: int | None, limit: int) -> Iterator[Line]:
    """Yield one turn under its role."""
    trained = Text(" trained on", style="good") if message.trains else Text("")
    yield Text.assemble(safe_text(message.role, limit=20, ink="strong"), trained)
    shown = clip(message.text, _SHOWN)
    if sure is None:
        yield from _set_in(_highlighted(shown))
        return
    parts = _highlighted(shown, border=sure)
    if sure:
        yield from _set_in(parts[:1])
    yield Text(f"── a limit of {limit:,} tokens cuts no earlier than here ──", style="warn")
    yield from _set_in(parts[1:] if sure else parts)


def _highlighted(text: str, *, border: int | None = None) -> list[Text]:
    """Return a text in which secrets and personal data stand out, in two parts at a border."""
    from core.data.detect.places import places_in

    ends = sorted(
        {0, len(text)} | ({border} if border is not None and border < len(text) else set())
    )
    places = places_in(text)
    parts: list[Text] = []
    for first, last in pairwise(ends):
        part, at = Text(), first
        for place in places:
            start, end = max(place.start, first), min(place.end, last)
            if start < end:
                part.append(visible(text[at:start], lines=True))
                part.append(visible(text[start:end], lines=True), style="here")
                at = end
        parts.append(part.append(visible(text[at:last], lines=True)))
    return parts or [Text()]


def _set_in(parts: Sequence[Text]) -> Iterator[Line]:
    """Yield texts set in."""
    for part in parts:
        for line in part.split("\n", allow_blank=True):
            yield Hanging(Text(" " * _INDENT) + line, _INDENT)


def _indented(text: str) -> Iterator[Line]:
    """Yield a text set in."""
    for line in safe_lines(text):
        yield Hanging(Text(" " * _INDENT) + line, _INDENT)


def complaints(faults: Sequence["Fault"]) -> Iterator[Line]:
    """Yield what checks say."""
    for fault in faults:
        glyph, ink = sign(fault.severity or "review")
        column = f" (column {fault.column:,})" if fault.column else ""
        words = safe_text(f"{fault.check}: {fault.message}{column}", limit=400)
        yield Hanging(Text.assemble((f"{glyph} ", ink), words), _INDENT)


def raw(line: bytes) -> Iterator[Line]:
    """Yield the line as it stands in the file; what is no UTF-8 is written as bytes."""
    yield from safe_lines(line.decode("utf-8", "backslashreplace"))


def difference(here: "Row", there: "Row") -> Iterator[Line]:
    """Yield two rows as one text in which words that differ are marked, by sign and colour."""
    head = f"row {there.number:,} against row {here.number:,}: "
    yield Text.assemble(head, ("-only there", "bad"), " ", ("+only here", "good"))
    yield Text("")
    pieces = word_diff(_said(there), _said(here))
    text = Text()
    for change, words in pieces:
        shown = visible(words, lines=True)
        mark = _BEFORE[change]
        text.append(f"{mark}{shown}" if mark else shown, style=_SIGNS[change])
    yield from text.split("\n")


def _said(row: "Row") -> str:
    """Return what is said in a row as one text."""
    if row.example is None:
        return row.raw.decode("utf-8", "backslashreplace")
    return "\n".join(f"{m.role}: {m.text}" for m in row.example.messages)
