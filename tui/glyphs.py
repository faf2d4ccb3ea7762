"""Every symbol on the screen, in three levels, and the filter that is the last defence.

Widgets write the first column; where a terminal can do less, the filter puts the other columns in
its place, cell for cell. The same filter drops any byte a terminal would obey: a widget that
forgot `safe_text` shows harmless text.
"""

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

Level = Literal["braille", "block", "ascii"]


class Glyph(NamedTuple):
    """One symbol, one cell wide in every column."""

    braille: str
    block: str
    ascii: str


GLYPHS = (
    Glyph("✓", "√", "x"),  # done
    Glyph("●", "•", "*"),  # running, critical
    Glyph("▸", "►", ">"),  # next
    Glyph("○", "○", "o"),  # not yet
    Glyph("▲", "▲", "!"),  # attention, warning
    Glyph("›", "›", ">"),  # cursor
    Glyph("◆", "♦", "@"),  # evaluation
    Glyph("·", "·", "."),
    Glyph("…", "…", "~"),
    Glyph("–", "–", "-"),
    Glyph("—", "-", "-"),
    Glyph("→", "→", ">"),
    Glyph("│", "│", "|"),
    Glyph("─", "─", "-"),
    Glyph("━", "═", "="),
    Glyph("┤", "┤", "|"),
    Glyph("└", "└", "+"),
    Glyph("├", "├", "+"),
    Glyph("█", "█", "#"),
    Glyph("▀", "▀", "'"),
    Glyph("▄", "▄", "."),
    Glyph("“", '"', '"'),
    Glyph("”", '"', '"'),
    Glyph("’", "'", "'"),
    Glyph("×", "x", "x"),
    Glyph("≤", "<", "<"),
    Glyph("≠", "!", "!"),
    Glyph("±", "±", "~"),
    Glyph("↑", "↑", "^"),
    Glyph("↓", "↓", "v"),
    Glyph("←", "←", "<"),
)

_OBEYED = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control bytes, direction marks, and surrogates, which no terminal can be sent."""


def choose_level(encoding: str | None, term: str | None) -> Level:
    """Return the richest level this terminal can show."""
    if (encoding or "ascii").lower().replace("-", "") not in {"utf8", "utf8sig"}:
        return "ascii"
    return "block" if term in {"linux", "vt100", "vt220"} else "braille"


def substitutes(level: Level) -> Mapping[int, str]:
    """Return what to write in the place of each symbol."""
    if level == "braille":
        return {}
    return {ord(glyph.braille): getattr(glyph, level) for glyph in GLYPHS}


class SafeOutput(LineFilter):
    """Keeps every row of the screen free of anything but text."""

    def __init__(self, level: Level) -> None:
        super().__init__()
        self._substitutes = dict(substitutes(level))
        self._ascii = level == "ascii"

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments with only text that may be sent."""
        return [
            segment if segment.control else Segment(self._clean(segment.text), segment.style)
            for segment in segments
        ]

    def _clean(self, text: str) -> str:
        if text.isascii() and text.isprintable():
            return text
        text = _OBEYED.sub("", text)
        if self._substitutes:
            text = text.translate(self._substitutes)
        if self._ascii and not text.isascii():
            text = "".join(c if c.isascii() else "?" * cell_len(c) for c in text)
        return text
