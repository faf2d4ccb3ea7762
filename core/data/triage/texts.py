"""Finds and replaces the texts inside one line of JSON and leaves every other byte as it was."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

from core.errors import DataError

Path: TypeAlias = tuple[str | int, ...]
_SPACE = re.compile(r"[ \t\n\r]*")
_OTHER = re.compile(r"[^\s,:\[\]{}\"]+")
_DEEPEST = 200
_MARK = "\ufeff"
_decoder = json.JSONDecoder()
_LONE = re.compile("[\ud800-\udfff]")


class Text(NamedTuple):
    """One text of a row, a value or the name of a field."""

    path: Path
    """Names of fields and places in lists that lead to it."""
    name: bool
    """Whether it is the name of a field, not a value."""
    start: int
    """Where its opening quote stands in the line."""
    end: int
    """One past its closing quote."""
    value: str
    """What it says."""


def decoded(line: bytes) -> str:
    """Return a line as characters, or refuse one that is none."""
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise _fixed("It is not UTF-8.") from error


def texts(line: str) -> list[Text]:
    """Return every text of a line of JSON in the order of the line, names of fields included.

    A byte order mark may stand before the value, as in the first line of many files.
    """
    end = _End()
    try:
        found = list(_value(line, _skip(line, line.startswith(_MARK)), (), end))
        if _skip(line, end.at) < len(line):
            raise ValueError("something stands behind the value")
    except (ValueError, IndexError, RecursionError) as error:
        raise _fixed("It is not one JSON value, or nested too deeply.") from error
    return found


def _fixed(why: str) -> DataError:
    return DataError(
        what="The row cannot be changed in place.",
        why=why,
        remedy="Drop the row, or mend its line first.",
    )


def with_texts(line: str, replaced: Mapping[int, str]) -> str:
    """Return the line with some of its texts replaced, named by their place in `texts`."""
    pieces: list[str] = []
    at = 0
    for number, text in enumerate(texts(line)):
        if number in replaced:
            pieces += [line[at : text.start], _quoted(replaced[number])]
            at = text.end
    return "".join([*pieces, line[at:]])


def _quoted(value: str) -> str:
    """Return a JSON text; half characters have no bytes of their own and stay escaped."""
    return json.dumps(value, ensure_ascii=bool(_LONE.search(value)))


class _End:
    """Where the last value that was read ends."""

    at: int = 0


def _skip(line: str, at: int) -> int:
    """Return the place of the next character that is no space."""
    match = _SPACE.match(line, at)
    return match.end() if match else at


def _value(line: str, at: int, path: Path, end: _End) -> Iterator[Text]:
    """Yield the texts of the value that begins here and note where it ends."""
    if len(path) > _DEEPEST:
        raise ValueError("nested too deeply")
    if line[at] == '"':
        value, end.at = _decoder.raw_decode(line, at)
        yield Text(path, False, at, end.at, value)
    elif line[at] == "{":
        yield from _fields(line, at, path, end)
    elif line[at] == "[":
        yield from _places(line, at, path, end)
    else:
        match = _OTHER.match(line, at)
        if not match:
            raise ValueError("a value is missing")
        end.at = match.end()


def _fields(line: str, at: int, path: Path, end: _End) -> Iterator[Text]:
    """Yield the texts of an object."""
    at = _skip(line, at + 1)
    while line[at] != "}":
        if line[at] != '"':
            raise ValueError("the name of a field is missing")
        name, after = _decoder.raw_decode(line, at)
        yield Text((*path, name), True, at, after, name)
        at = _skip(line, after)
        if line[at] != ":":
            raise ValueError("a colon is missing")
        yield from _value(line, _skip(line, at + 1), (*path, name), end)
        at = _next(line, end.at, "}")
    end.at = at + 1


def _places(line: str, at: int, path: Path, end: _End) -> Iterator[Text]:
    """Yield the texts of a list."""
    at = _skip(line, at + 1)
    place = 0
    while line[at] != "]":
        yield from _value(line, at, (*path, place), end)
        at = _next(line, end.at, "]")
        place += 1
    end.at = at + 1


def _next(line: str, at: int, closing: str) -> int:
    """Return where the next member begins, or the closing bracket stands."""
    at = _skip(line, at)
    if line[at] == ",":
        at = _skip(line, at + 1)
        if line[at] == closing:
            raise ValueError("a comma before a closing bracket")
    elif line[at] != closing:
        raise ValueError("a comma is missing")
    return at
