"""Mends that always do the same, by name; a name's meaning never changes, so journals replay."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from core.data.lines import BOM
from core.data.strict_json import parse_line
from core.data.triage.texts import texts, with_texts
from core.errors import DataError
from core.text_safety import clip, visible

_SHOWN = 60
_COMMA = re.compile(r",(\s*[}\]])")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]"
)
_FULL_WIDTH = re.compile("[\uff01-\uff5e]")
_MARK = re.compile(
    r"<\|[a-zA-Z0-9_]{2,40}\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|</?s>|<(?:bos|eos|pad)>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One way of mending a row."""

    name: str
    """What the journal calls it, with a version."""
    checks: tuple[str, ...]
    """Checks whose findings it answers."""
    words: str
    """What it does, for a person who is asked."""
    mend: Callable[[bytes], bytes]
    """Returns the line mended, or as it was where it has nothing to do."""


def _without_mark(line: bytes) -> bytes:
    """Return the line without a byte order mark and NUL bytes."""
    return line.removeprefix(BOM).replace(b"\0", b"")


def _as_utf8(line: bytes) -> bytes:
    """Return a line of an old Western encoding as UTF-8."""
    try:
        line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace").encode()
    return line


def _without_commas(line: bytes) -> bytes:
    """Return the line without commas before closing brackets; texts keep theirs."""
    pieces: list[str] = []
    at = 0
    text = line.decode("utf-8", "surrogateescape")
    for quoted in _STRING.finditer(text):
        pieces += [_COMMA.sub(r"\1", text[at : quoted.start()]), quoted.group()]
        at = quoted.end()
    pieces.append(_COMMA.sub(r"\1", text[at:]))
    return "".join(pieces).encode("utf-8", "surrogateescape")


def _each_text(mend: Callable[[str], str]) -> Callable[[bytes], bytes]:
    """Return what mends every value that is a text and leaves names of fields alone."""

    def mended(line: bytes) -> bytes:
        if parse_line(line, 1)[0] is None:
            return line
        whole = line.decode()
        found = ((n, t.value, mend(t.value)) for n, t in enumerate(texts(whole)) if not t.name)
        return with_texts(whole, {n: new for n, old, new in found if new != old}).encode()

    return mended


def _narrowed(text: str) -> str:
    """Return the text with full-width signs in their usual form."""
    return _FULL_WIDTH.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)


RULES = (
    Rule(
        name="drop_mark:1",
        checks=("encoding",),
        words="take out the byte order mark and NUL bytes",
        mend=_without_mark,
    ),
    Rule(
        name="reencode:1",
        checks=("encoding",),
        words="read the line as Windows-1252 and write it as UTF-8",
        mend=_as_utf8,
    ),
    Rule(
        name="drop_commas:1",
        checks=("json",),
        words="take out commas before closing brackets",
        mend=_without_commas,
    ),
    Rule(
        name="drop_invisible:1",
        checks=("invisible",),
        words="take out invisible characters",
        mend=_each_text(lambda text: _INVISIBLE.sub("", text)),
    ),
    Rule(
        name="narrow_signs:1",
        checks=("invisible",),
        words="write full-width signs in their usual form",
        mend=_each_text(_narrowed),
    ),
    Rule(
        name="drop_special_tokens:1",
        checks=("special_token",),
        words="take out marks of chat templates",
        mend=_each_text(lambda text: _MARK.sub("", text)),
    ),
)
_BY_NAME = {rule.name: rule for rule in RULES}


def rule_named(name: str) -> Rule:
    """Return the rule that a journal names, or say that this version has none such."""
    try:
        return _BY_NAME[name]
    except KeyError as error:
        raise DataError(
            what=f"The journal uses the fix {visible(clip(name, _SHOWN))!r}, "
            "which this version does not have.",
            why="It was written by a newer version.",
            remedy="Update tuningfork, then run the command again.",
        ) from error


def rules_for(check: str) -> tuple[Rule, ...]:
    """Return the rules that answer a check."""
    return tuple(rule for rule in RULES if check in rule.checks)
