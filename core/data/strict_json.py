"""Parses one line as strict JSON and says everything that is wrong with it, with the column.

Nearly every line is clean, so a fast parser reads it and a count shows that no key stood in it
twice. Whatever is doubtful goes to the standard library's parser, which explains.
"""

import json
import re
from typing import Any

import msgspec

from core.data.lines import BOM
from core.data.rows import Fault
from core.text_safety import clip, visible

_SURROGATE = re.compile("[\ud800-\udfff]")
_QUOTED = 60
_DEEPEST = 200
"""Brackets inside brackets; parsers give up at different depths, far behind any real row."""
_FAST = msgspec.json.Decoder()
_SPACE = frozenset((b" ", b"\t", b"\r", b"\n"))
_BRACKETS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]', re.DOTALL)


class _NotJson(ValueError):
    """A constant that Python reads and JSON forbids."""


def parse_line(raw: bytes, row: int) -> tuple[Any, list[Fault]]:
    """Return the value, None when there is none, and the faults of encoding and syntax."""
    try:
        value = _FAST.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return explain_line(raw, row)
    if value is not None and _surely_clean(raw, value):
        return value, []
    return explain_line(raw, row)


def _surely_clean(raw: bytes, value: object) -> bool:
    """Whether a line that was read has neither a key twice nor too many brackets.

    Each member has one colon outside of strings, right behind a quote; inside a string that
    quote is escaped. Where this count may err, the answer is no.
    """
    if _too_deep(raw):
        return False
    members = 0
    for before in raw.split(b":")[:-1]:
        last = before[-1:]
        if last in _SPACE:
            return False
        if last == b'"':
            escaped = before[-2:-1] == b"\\"
            if escaped and before[-3:-2] == b"\\":
                return False
            members += not escaped
    return members == _count_keys(value)


def _count_keys(value: object) -> int:
    """Return how many keys the objects inside have together."""
    keys = 0
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            keys += len(item)
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return keys


def _too_deep(raw: bytes) -> bool:
    """Whether more brackets are open at once than any parser should have to follow."""
    if raw.count(b"[") + raw.count(b"{") <= _DEEPEST:
        return False
    depth = 0
    for found in _BRACKETS.finditer(raw):
        mark = found.group()
        if mark in {b"[", b"{"}:
            depth += 1
            if depth > _DEEPEST:
                return True
        elif mark in {b"]", b"}"}:
            depth -= 1
    return False


def explain_line(raw: bytes, row: int) -> tuple[Any, list[Fault]]:
    """Return the same as `parse_line`, from the standard library's parser alone."""
    faults: list[Fault] = []
    if raw.startswith(BOM):
        faults.append(_encoding(row, "starts with a byte order mark", 1, minor=True))
        raw = raw.removeprefix(BOM)
    if b"\0" in raw:
        return None, [*faults, _encoding(row, "holds a NUL byte", raw.index(b"\0") + 1)]
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        return None, [*faults, _encoding(row, "is not UTF-8", error.start + 1)]
    if _too_deep(raw):
        deep = Fault(check="json", row=row, message="is nested too deeply to read")
        return None, [*faults, deep]
    value, syntax = _parse(text, row)
    if value is not None and _has_surrogate(value):
        syntax.append(_encoding(row, "holds half a character (a lone surrogate)", None))
        value = None
    return value, faults + syntax


def _encoding(row: int, message: str, column: int | None, *, minor: bool = False) -> Fault:
    """Return a fault of the `encoding` check."""
    return Fault(
        check="encoding",
        row=row,
        message=message,
        column=column,
        severity="info" if minor else None,
    )


def _parse(text: str, row: int) -> tuple[Any, list[Fault]]:
    """Return the value and the faults of syntax."""
    doubled: list[str] = []

    def keep_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        kept = dict(pairs)
        if len(kept) < len(pairs):
            keys = [key for key, _ in pairs]
            doubled.extend(key for key in kept if keys.count(key) > 1)
        return kept

    def refuse(constant: str) -> None:
        raise _NotJson(f"{constant} is not JSON")

    try:
        value = json.loads(text, object_pairs_hook=keep_pairs, parse_constant=refuse)
    except json.JSONDecodeError as error:
        message, column = _syntax(text, error)
        return None, [Fault(check="json", row=row, message=message, column=column)]
    except ValueError as error:
        message = str(error) if isinstance(error, _NotJson) else "holds a number too long to read"
        return None, [Fault(check="json", row=row, message=message)]
    return value, [
        Fault(
            check="json",
            row=row,
            path=clip(visible(key), _QUOTED),
            message=f"has the key {clip(visible(key), _QUOTED)!r} twice; parsers keep the last one",
            severity="high",
        )
        for key in doubled
    ]


def _syntax(text: str, error: json.JSONDecodeError) -> tuple[str, int]:
    """Return what is wrong and in which column; the same on every Python."""
    if error.msg == "Extra data":
        return "has a second value after the first", error.pos + 1
    before = text[: error.pos + 1].rstrip().rstrip("]}").rstrip()
    if before.endswith(",") and text[len(before) :].lstrip()[:1] in {"}", "]"}:
        return "has a comma before a closing bracket", len(before)
    return f"is not JSON ({error.msg})", error.pos + 1


def _has_surrogate(value: object) -> bool:
    """Whether a string anywhere inside cannot be written as UTF-8."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            if _SURROGATE.search(item):
                return True
        elif isinstance(item, dict):
            waiting.extend(item)
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return False
