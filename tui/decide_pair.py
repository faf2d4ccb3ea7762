"""Two decisions as lines of three columns: what is compared, the older one, the newer one."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from rich.console import Console
from rich.text import Text

from tui.decide_look import Shown, cost_lines, warnings_of
from tui.decide_state import spoken
from tui.decide_tree import given_text
from tui.widgets.page import Hanging, Line
from tui.widgets.safe_text import safe_text

_MOST_LABEL = 26
_GAP = 2
_LONG = 2000


def pair_lines(older: Shown, newer: Shown, *, width: int, console: Console) -> Iterator[Line]:
    """Yield both decisions side by side, the answers that differ before the others."""
    label = max(8, min(_MOST_LABEL, width // 3))
    column = max(8, (width - label - 2 * _GAP) // 2)

    def row(name: Text, left: Text, right: Text) -> Iterator[Line]:
        yield from _row((name, left, right), (label, column, column), console)

    yield from row(Text(""), *(safe_text(one.name or "", ink="strong") for one in (older, newer)))
    when = [safe_text(one.created_at[:16].replace("T", " "), ink="muted") for one in (older, newer)]
    yield from row(Text("recorded, UTC", style="muted"), *when)
    advice = [spoken(one.result.get("recommendation", "")) for one in (older, newer)]
    yield from row(
        _label("recommended", differs=advice[0] != advice[1]),
        *(safe_text(words, ink="title") for words in advice),
    )
    yield Text("")
    differ, same = answers_compared(older, newer)
    yield Text("Answers that differ" if differ else "No answer differs", style="strong")
    for name in differ:
        left, right = (_given(one.answers.get(name)) for one in (older, newer))
        yield from row(_label(spoken(name), differs=True), left, right)
    for title, part in (("Because", "reasons"), ("Mind", "warnings")):
        yield Text("")
        yield Text(title, style="strong")
        sides = [_sentences(one.result, part) for one in (older, newer)]
        for left, right in zip_longest(*sides, fillvalue=Text()):
            yield from row(Text(""), left, right)
    yield from _costs(older, newer, (width - _GAP) // 2, console)
    if same:
        yield Text("")
        yield Text("Answers that are the same", style="strong")
        for name in same:
            value = _given(older.answers.get(name))
            yield from row(_label(spoken(name), differs=False), value, Text("same", style="muted"))


def answers_compared(older: Shown, newer: Shown) -> tuple[list[str], list[str]]:
    """Return the ids of the answers that differ, and of those that are the same."""
    names = list(dict.fromkeys([*older.answers, *newer.answers]))
    differ = [name for name in names if _plain(older, name) != _plain(newer, name)]
    return differ, [name for name in names if name not in differ]


def _plain(shown: Shown, name: str) -> object:
    """Return an answer; what was not asked then and what nobody knew are the same."""
    value = shown.answers.get(name)
    return None if value == "unknown" else value


def _costs(older: Shown, newer: Shown, half: int, console: Console) -> Iterator[Line]:
    """Yield the costs of both, in columns of half the width."""
    yield Text("")
    sides = [[_text(line) for line in cost_lines(one)] for one in (older, newer)]
    for left, right in zip_longest(*sides, fillvalue=Text()):
        yield from _row((left, right), (half, half), console)


def _row(cells: Sequence[Text], widths: Sequence[int], console: Console) -> Iterator[Line]:
    """Yield cells beside each other, each wrapped in its column."""
    wrapped = [
        list(cell.wrap(console, width, overflow="fold")) or [Text()]
        for cell, width in zip(cells, widths, strict=True)
    ]
    for parts in zip_longest(*wrapped, fillvalue=None):
        line = Text()
        for part, width in zip(parts, widths, strict=True):
            shown = Text() if part is None else part.copy()
            shown.rstrip()
            shown.truncate(width, overflow="ellipsis")
            line.append_text(shown).append(" " * (width - shown.cell_len + _GAP))
        line.rstrip()
        yield line


def _label(words: str, *, differs: bool) -> Text:
    """Return what a line compares, with a mark where the two differ."""
    mark = ("≠ ", "warn") if differs else ("  ", "")
    return Text.assemble(mark, safe_text(words, limit=60, ink="muted"))


def _given(value: Any) -> Text:
    """Return an answer of any recorded kind."""
    if value is None or isinstance(value, int | float):
        return given_text(value)
    return safe_text(spoken(value), limit=200)


def _sentences(result: Mapping[str, Any], part: str) -> list[Text]:
    """Return the sentences of a part."""
    if part == "warnings":
        return warnings_of(result)
    value = result.get(part)
    return [safe_text(str(one), limit=_LONG) for one in value] if isinstance(value, list) else []


def _text(line: Line) -> Text:
    """Return a line without its indent."""
    return line.text if isinstance(line, Hanging) else line
