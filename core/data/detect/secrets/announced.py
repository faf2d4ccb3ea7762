"""Values that a word announces, in sentences, settings and commands of several languages.

Looked at from the value: a gate names every word in which a digit stands beside a letter or a sign,
and only what stands around such a word is read for words that announce it.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from core.data.detect.secrets.announced_values import (
    HUMPS,
    NUMBERED,
    is_generated,
    is_password,
)
from core.data.detect.secrets.announcing import (
    AFTER_USER,
    BEHIND,
    CODE_TO,
    COMMANDS,
    DIRECT,
    FLAGS,
    FURTHER,
    KEY,
    LINKS,
    LOGIN,
    NEXT,
    PASSWORD,
    SIGNED,
    VERBAL,
    is_other_word,
    is_part,
)
from core.data.detect.secrets.close_by import is_marked, is_mixed, is_near
from core.data.detect.secrets.keywords import RULE
from core.data.detect.secrets.proofs import entropy
from core.data.detect.spans import Hit

_BEFORE: Final = 72
_AFTER: Final = 40
_SEEN: Final = 45
"""How far behind a place the gate looks for such words; what is further does not count, or what a
turn says would change what is found in the one before it."""
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
_SIGNS: Final = (b"|", b",", b"\t", b";")
"""What may divide the cells of a table."""


class _Way(NamedTuple):
    """One way to announce a value."""

    nouns: re.Pattern[bytes]
    links: tuple[re.Pattern[bytes], ...]
    """What may stand between them and a value."""
    convinces: Callable[..., bool]
    """Whether the value is one."""


_WAYS: Final = (
    _Way(COMMANDS, (DIRECT,), is_password),
    _Way(PASSWORD, LINKS, is_password),
    _Way(LOGIN, (AFTER_USER,), is_password),
    _Way(CODE_TO, (SIGNED, VERBAL), is_password),
    _Way(KEY, LINKS, is_generated),
    _Way(KEY, (SIGNED,), is_marked),
    _Way(FLAGS, (DIRECT,), is_mixed),
)
_NOUNS: Final = tuple(dict.fromkeys(way.nouns for way in _WAYS))
_TYPED_OUT: Final = (COMMANDS, FLAGS)


def find(text: bytes, places: Iterable[int]) -> Iterator[Hit]:
    """Yield the announced values of a block, given the places that the gate named, in order."""
    done = 0
    for some in _stretches(_outside_data(text, places)):
        words = _words(text, some)
        found = [*_announced(text, some, words), *_alone(text, some, words)]
        for hit in sorted(found, key=lambda hit: (hit.start, -hit.end)):
            if hit.start >= done:
                done = hit.end
                yield hit


def _outside_data(text: bytes, places: Iterable[int]) -> Iterator[int]:
    """Yield the places that stand in no run too long for a value."""
    done = 0
    for place in places:
        if place < done:
            continue
        run = _WORD_AT_ALL.match(text, place)
        if run is not None and run.end() - place > _LONGEST:
            done = run.end()
        else:
            yield place


def _stretches(places: Iterable[int]) -> Iterator[list[int]]:
    """Yield places together whose surroundings overlap, so that words are looked for once."""
    some: list[int] = []
    for place in places:
        if some and place - some[-1] > _BEFORE + _AFTER:
            yield some
            some = []
        some.append(place)
    if some:
        yield some


_Spans: TypeAlias = dict[re.Pattern[bytes], list[tuple[int, int]]]
"""Where nouns stand in a block, those included that are only a part of another word."""


def _words(text: bytes, places: Sequence[int]) -> _Spans:
    """Return the announcing words around places."""
    least = max(0, places[0] - _BEFORE)
    lower = text[least : places[-1] + _BEFORE].lower()
    return {
        nouns: [(least + one.start(), least + one.end()) for one in nouns.finditer(lower)]
        for nouns in _NOUNS
    }


class _Noun(NamedTuple):
    """A word that may announce a value, in a block."""

    way: _Way
    start: int
    end: int


def _nouns(text: bytes, words: _Spans) -> Iterator[_Noun]:
    """Yield the words that may announce a value behind them."""
    for way in _WAYS:
        typed = way.nouns in _TYPED_OUT
        for start, end in words[way.nouns]:
            near = max(0, start - _BEFORE)
            if typed or not is_other_word(text[near : end + 1], start - near):
                yield _Noun(way, start, end)


def _announced(text: bytes, places: Sequence[int], words: _Spans) -> Iterator[Hit]:
    """Yield the values that words before them announce."""
    for noun in _nouns(text, words):
        for link in noun.way.links:
            value = link.match(text, noun.end)
            if value is None:
                continue
            start, end = value.span("value")
            first = bisect_left(places, start)
            if first == len(places) or not start <= places[first] < end:
                continue
            said = value["value"].rstrip(_MARKS)
            if places[first] - noun.start > _BEFORE or (link is NEXT and _is_name(said)):
                continue
            if noun.way.convinces(said, clear=link is not FURTHER):
                yield _hit(start, said)
                break


def _is_name(value: bytes) -> bool:
    """Return whether a value right behind a noun may be a name in code: `password Field2`."""
    return NUMBERED.match(value) is not None and HUMPS.match(value) is None


def _alone(text: bytes, places: Sequence[int], words: _Spans) -> Iterator[Hit]:
    """Yield the values that words near them, behind them or above them in a table announce."""
    done, line, near = 0, _Line(0, False), _near_nouns(text, places, words)
    for place in places:
        if place < done:
            continue
        if place >= line.end:
            line = _line(text, place)
        if place not in near and not line.headed:
            continue
        hit = _announced_behind(text, place) if place in near else None
        if hit is None and line.headed:
            hit = _headed(text, place)
        if hit is not None:
            done = hit.end
            yield hit


def _near_nouns(text: bytes, places: Sequence[int], words: _Spans) -> set[int]:
    """Return the places that have a word for a password or a key near them."""
    found: set[int] = set()
    for nouns in (PASSWORD, KEY):
        for start, end in words[nouns]:
            if not is_part(text, start, end):
                first = bisect_left(places, start - _BEFORE)
                found.update(places[first : bisect_left(places, end + _BEFORE)])
    return found


class _Line(NamedTuple):
    """A line of a block."""

    end: int
    headed: bool
    """Whether it may be the row of a table whose heading speaks of passwords or keys."""


def _line(text: bytes, place: int) -> _Line:
    """Return the line around a place."""
    start = max(text.rfind(b"\n", 0, place), text.rfind(b"\0", 0, place)) + 1
    ends = (text.find(one, place) for one in (b"\n", b"\0"))
    end = min((one for one in ends if one >= 0), default=len(text))
    above = text[max(0, start - _TABLE) : start].rpartition(b"\0")[2].lower()
    headed = any(one in text[start:end] for one in _SIGNS) and any(
        noun.search(above) for noun in (PASSWORD, KEY)
    )
    return _Line(end, headed)


def _announced_behind(text: bytes, place: int) -> Hit | None:
    """Return the value around a place that words behind it announce."""
    match = _WORD_AT.match(text, _word_start(text, place))
    if match is None:
        return None
    value = match.group().rstrip(_MARKS)
    end = match.start() + len(value)
    said = BEHIND.match(text[end : min(end + _AFTER, place + _SEEN)].partition(b"\0")[0])
    if said is None:
        whole = match.start() == 0 or text[match.start() - 1] not in _IN_WORD
        near = whole and is_near(
            text, match.start(), value, since=place - _BEFORE, until=place + _SEEN
        )
        return _hit(match.start(), value) if near else None
    if said["password"] is not None:
        return _hit(match.start(), value) if is_password(value, clear=True) else None
    return _hit(match.start(), value) if is_generated(value, clear=True) else None


def _headed(text: bytes, place: int) -> Hit | None:
    """Return the value around a place in a table whose heading announces it."""
    least = max(0, place - _TABLE)
    begin = max(text.rfind(b"\n", least, place), text.rfind(b"\0", least, place)) + 1
    if not begin and least:
        return None
    sign = next((one for one in _SIGNS if one in text[begin:place]), None)
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
    for nouns, convinces in ((PASSWORD, is_password), (KEY, is_generated)):
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
