"""Makes any text safe to show: nothing hidden, nothing obeyed, every width exact.

Data, model output, file names and server replies may hold bytes that a terminal obeys. In an
inspector those bytes are information, so they are drawn as symbols instead of being dropped.
"""

import re
import unicodedata
from functools import lru_cache

ELLIPSIS = "…"
"""Marks the place where `clip` cut."""

_CONTROL_PICTURES = 0x2400
_DELETE = 0x7F
_VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_REGIONAL_INDICATORS = range(0x1F1E6, 0x1F200)
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_WIDE_A = 0xFF21
"""`Ａ`, two cells wide in every terminal."""
_PLAIN = re.compile(r"[ -~]*\Z")
_SHOWN_AS_CODE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_STACK_LIMIT = 2
"""Combining marks kept on one letter; a taller stack is decoration or an attack."""


@lru_cache(maxsize=4096)
def _symbol(character: str) -> str:
    """Return what stands for one character on the screen."""
    code = ord(character)
    if code < 0x20:
        return chr(_CONTROL_PICTURES + code)
    if code == _DELETE:
        return "␡"
    if unicodedata.category(character) in _SHOWN_AS_CODE or code in _SKIN_TONES:
        return f"<U+{code:04X}>"
    if code in _REGIONAL_INDICATORS:  # a flag is two of them: 2 cells in Rich, 2 or 4 elsewhere
        return chr(_WIDE_A + code - _REGIONAL_INDICATORS.start)
    if unicodedata.category(character) == "Zs":
        return " "
    return character


def _unstacked(text: str) -> str:
    """Return the text with tall stacks of combining marks written as codes."""
    shown: list[str] = []
    height = 0
    for character in text:
        mark = unicodedata.category(character) in {"Mn", "Me"}
        height = height + 1 if mark else 0
        hanging = mark and (height > _STACK_LIMIT or not shown or shown[-1] == "\n")
        shown.append(f"<U+{ord(character):04X}>" if hanging else character)
    return "".join(shown)


def visible(text: str, *, lines: bool = False) -> str:
    """Return the text with everything a terminal could obey or hide drawn as symbols.

    With `lines`, line feeds stay and tabs become four spaces; otherwise both are symbols too.
    Variation selectors go: they carry no meaning of their own and terminals disagree on the
    width of what they follow.
    """
    if _PLAIN.match(text):
        return text
    if lines:
        text = text.replace("\r\n", "\n").replace("\t", "    ")
        return "\n".join(visible(line) for line in text.split("\n"))
    text = _VARIATION_SELECTORS.sub("", text)
    return _unstacked("".join(map(_symbol, text)))


def clip(text: str, limit: int) -> str:
    """Return at most `limit` characters, the last one an ellipsis where something was cut.

    Clip before `visible` when the text may be huge, so that the work stays bounded.
    """
    if limit < 1:
        return ""
    return text if len(text) <= limit else text[: limit - 1] + ELLIPSIS
