"""An answer as lines of text: laid out where that helps reading, as it was written, or compared."""

import json
import re
from collections.abc import Sequence

from rich.text import Text

from core.text_safety import visible
from core.word_diff import Piece, word_diff

_LIMIT = 400_000
"""Characters of an answer that are shown."""
_LAID_OUT_LIMIT = 50_000
"""Longer answers are shown as they were written: laying out would keep a key waiting."""
_HEADING = re.compile(r"#{1,6} ")
_FENCE = "```"


def answer_lines(text: str, *, raw: bool) -> list[Text]:
    """Return the lines of an answer; every character in them is safe to show."""
    if not raw and len(text) <= _LAID_OUT_LIMIT:
        if (value := _json_of(text)) is not None:
            return [Text(line) for line in _safe(json.dumps(value, indent=2, ensure_ascii=False))]
        return _marked_up(_safe(text))
    return [Text(line) for line in _safe(text)]


def badge(text: str) -> str:
    """Return what kind of text an answer is, where that can be told for sure."""
    if len(text) <= _LAID_OUT_LIMIT and text.lstrip()[:1] in {"{", "["}:
        return "valid JSON" if _json_of(text) is not None else "broken JSON"
    return ""


def compared_lines(text: str, other: str) -> list[Text]:
    """Return an answer in which what another one has not is marked, by signs and an ink."""
    whole = Text()
    for new, words in _runs(word_diff(other[:_LIMIT], text[:_LIMIT])):
        shown = visible(words, lines=True)
        if new and shown.strip():
            for number, line in enumerate(shown.split("\n")):
                inner = line.strip()
                whole.append("\n" if number else "")
                before, after = line.split(inner, 1) if inner else (line, "")
                whole.append(before).append(f"+{inner}+" if inner else "", style="good")
                whole.append(after)
        else:
            whole.append(shown)
    return list(whole.split("\n", allow_blank=True))


def _runs(pieces: Sequence[Piece]) -> list[tuple[bool, str]]:
    """Return what is left of a text as runs of new or old words; spaces join what they part."""
    runs: list[tuple[bool, str]] = []
    kept = [piece for piece in pieces if piece.change != "removed"]
    for place, piece in enumerate(kept):
        new = piece.change == "added"
        if not piece.text.strip() and runs and place + 1 < len(kept):
            new = runs[-1][0] and kept[place + 1].change == "added"
        if runs and runs[-1][0] == new:
            runs[-1] = (new, runs[-1][1] + piece.text)
        else:
            runs.append((new, piece.text))
    return runs


def _json_of(text: str) -> object | None:
    """Return the object or list that a text is; None when it is none."""
    if text.lstrip()[:1] not in {"{", "["}:
        return None
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value


def _safe(text: str) -> list[str]:
    shown = visible(text[:_LIMIT], lines=True).split("\n")
    if len(text) > _LIMIT:
        shown.append(f"... {len(text) - _LIMIT:,} more characters are not shown")
    return shown


def _marked_up(lines: Sequence[str]) -> list[Text]:
    """Return lines of Markdown with headings and code set apart; nothing is taken away."""
    found, code = [], False
    for line in lines:
        fence = line.lstrip().startswith(_FENCE)
        ink = "accent" if code or fence else "strong" if _HEADING.match(line) else ""
        code ^= fence
        found.append(Text(line, style=ink))
    return found
