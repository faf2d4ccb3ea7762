"""Values that a word announces, in sentences, settings and commands of several languages.

Looked at from the value: a gate names every word in which a digit stands beside a letter or a sign,
and only what stands around such a word is read for words that announce it.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from core.data.detect.secrets.announced_values import NUMBERED, is_generated, is_password
from core.data.detect.secrets.announcing import (
    AFTER_USER,
    BEHIND,
    CODE_TO,
    COMMANDS,
    DIRECT,
    FURTHER,
    KEY,
    LINKS,
    LOGIN,
    NEXT,
    PASSWORD,
    SIGNED,
    VERBAL,
    is_other_word,
)
from core.data.detect.secrets.keywords import RULE
from core.data.detect.secrets.proofs import entropy
from core.data.detect.spans import Hit

_BEFORE: Final = 72
_AFTER: Final = 40
_LONGEST: Final = 200
"""Longer words are pictures, digests and other data."""
_BLOCKING: Final = 3.0


_WORD_AT: Final = re.compile(rb"[!#-&*+\--;=?-Z^-z~]{6,200}")
_WORD_AT_ALL: Final = re.compile(rb"[!#-&*+\--;=?-Z^-z~]+")
_IN_WORD: Final = frozenset(
    b"!#$%&*+-./0123456789:;=?@^_~" + bytes(range(65, 91)) + bytes(range(97, 123))
)
_TABLE: Final = 2_000
"""How far above a row the heading of its table may stand."""
_MARKS: Final = b".,:;?*"
_WAYS: Final = (
    (COMMANDS, (DIRECT,), is_password),
    (PASSWORD, LINKS, is_password),
    (LOGIN, (AFTER_USER,), is_password),
    (CODE_TO, (SIGNED, VERBAL), is_password),
    (KEY, LINKS, is_generated),
)
"""Nouns, what may stand between them and a value, and what convinces of it."""


def find(text: bytes, places: Iterable[int]) -> Iterator[Hit]:
    """Yield the announced values of a block, given the places that the gate named, in order."""
    done = 0
    for place in places:
        if place < done:
            continue
        run = _WORD_AT_ALL.match(text, place)
        if run is not None and run.end() - place > _LONGEST:
            done = run.end()
            continue
        begin = text.rfind(b"\0", max(0, place - _BEFORE), place) + 1 or max(0, place - _BEFORE)
        hit = (
            _announced(text, begin, place) or _announced_behind(text, place) or _headed(text, place)
        )
        if hit is not None:
            done = hit.end
            yield hit


def _announced(text: bytes, begin: int, place: int) -> Hit | None:
    """Return the value around a place that words before it announce."""
    stop = text.find(b"\0", place, place + _LONGEST)
    window = text[begin : stop if stop >= 0 else place + _LONGEST]
    at = place - begin
    lower = window[: at + 1].lower()
    for nouns, links, convinces in _WAYS:
        for noun in nouns.finditer(lower):
            if nouns is not COMMANDS and is_other_word(window, noun.start()):
                continue
            for link in links:
                value = _behind(link, window, noun.end(), at)
                if value is None or (link is NEXT and NUMBERED.match(value.text)):
                    continue
                if convinces(value.text, clear=link is not FURTHER):
                    return _hit(begin + value.start, value.text)
    return None


class _Value(NamedTuple):
    """A value in a window."""

    start: int
    text: bytes


def _behind(pattern: re.Pattern[bytes], window: bytes, end: int, at: int) -> _Value | None:
    """Return the value that follows a noun, if it is the one around a place."""
    match = pattern.match(window, end)
    if match is None or not match.start("value") <= at < match.end("value"):
        return None
    return _Value(match.start("value"), match["value"].rstrip(_MARKS))


def _announced_behind(text: bytes, place: int) -> Hit | None:
    """Return the value around a place that words behind it announce."""
    match = _WORD_AT.match(text, _word_start(text, place))
    if match is None:
        return None
    value = match.group().rstrip(_MARKS)
    end = match.start() + len(value)
    said = BEHIND.match(text[end : end + _AFTER].partition(b"\0")[0])
    if said is None:
        return None
    if said["password"] is not None:
        return _hit(match.start(), value) if is_password(value, clear=True) else None
    return _hit(match.start(), value) if is_generated(value, clear=True) else None


def _headed(text: bytes, place: int) -> Hit | None:
    """Return the value around a place in a table whose heading announces it."""
    least = max(0, place - _TABLE)
    begin = max(text.rfind(b"\n", least, place), text.rfind(b"\0", least, place)) + 1
    if not begin and least:
        return None
    sign = next((one for one in (b"|", b",", b"\t", b";") if one in text[begin:place]), None)
    value = _WORD_AT.match(text, _word_start(text, place))
    if sign is None or value is None:
        return None
    cell = text.count(sign, begin, place)
    above = text[max(0, begin - _TABLE) : max(0, begin - 1)].rpartition(b"\0")[2].split(b"\n")
    head = b""
    for row in reversed(above):
        if row.count(sign) < cell:
            break
        head = row
    cells = [one.strip(b' \t\r"*') for one in head.lower().split(sign)]
    if cell >= len(cells):
        return None
    said = value.group().rstrip(_MARKS)
    for nouns, _, convinces in (_WAYS[1], _WAYS[-1]):
        if nouns.fullmatch(cells[cell]) is not None and convinces(said, clear=True):
            return _hit(value.start(), said)
    return None


def _word_start(text: bytes, place: int) -> int:
    """Return where the word around a place begins."""
    least = max(0, place - _LONGEST)
    while place > least and text[place - 1] in _IN_WORD:
        place -= 1
    return place


def _hit(start: int, value: bytes) -> Hit:
    """Return the hit of a value."""
    end = start + len(value)
    return Hit(RULE.kind, start, end, "blocker" if entropy(value) >= _BLOCKING else "review")
