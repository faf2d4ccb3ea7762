"""The sampled answers of some runs side by side, each at its best step."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells
from rich.text import Text

from core.text_safety import clip
from tui.compare_look import INKS, LETTERS
from tui.widgets.page import Line, field
from tui.widgets.safe_text import safe_lines, safe_text

if TYPE_CHECKING:
    from core.events.schema import SampleTaken
    from core.jobs.compare import Asked, Comparison

_NARROWEST = 24
"""Below this many cells a run, answers stand below each other."""
_BETWEEN = 2
_SAMPLE = 1_000
"""Characters of an answer that are shown."""
_SHORTENED = 300
"""A reference as long as this may have been cut, so no answer can be said to equal it."""


def sample_lines(found: "Comparison", width: int) -> list[Line]:
    """Return each prompt with what it should say and what each run says."""
    lines: list[Line] = []
    for one in found.asked:
        lines.append(safe_text(one.key, limit=60, ink="strong"))
        if one.prompt:
            lines.append(field("  prompt", safe_text(one.prompt), width=13))
        if one.reference:
            lines.append(field("  should say", safe_text(one.reference), width=13))
        column = (width - 2) // max(len(one.answers), 1)
        lines += _beside(one, column) if column >= _NARROWEST else _below(one)
        lines.append(Text(""))
    return lines[:-1] or [Text("No run of these has sampled an answer.", style="muted")]


def _heads(asked: "Asked") -> Iterator[tuple[Text, "SampleTaken | None"]]:
    """Yield each run's letter and step, and its answer."""
    for letter, ink, answer in zip(LETTERS, INKS, asked.answers, strict=False):
        head = Text(f"{letter} ", style=ink)
        if answer is None:
            head.append("not asked", style="muted")
        else:
            head.append(f"step {answer.step:,}", style="muted")
            if len(asked.reference) < _SHORTENED and answer.text.strip() == asked.reference.strip():
                head.append(" ✓", style="good")
            if not answer.stopped:
                head.append(" cut off", style="warn")
        yield head, answer


def _below(asked: "Asked") -> Iterator[Line]:
    """Yield the answers below each other."""
    for head, answer in _heads(asked):
        yield Text("  ") + head
        if answer is not None:
            yield from (Text("    ") + line for line in safe_lines(answer.text, limit=_SAMPLE))


def _beside(asked: "Asked", column: int) -> Iterator[Line]:
    """Yield rows of cells, a column a run."""
    columns = [
        [head, *(_wrapped(answer.text, column - _BETWEEN) if answer else [])]
        for head, answer in _heads(asked)
    ]
    for row in range(max(map(len, columns))):
        line = Text("  ")
        for cells in columns:
            cell = cells[row].copy() if row < len(cells) else Text()
            cell.truncate(column - _BETWEEN, overflow="ellipsis")
            cell.pad_right(column - cell.cell_len)
            line.append_text(cell)
        yield line


def _wrapped(text: str, width: int) -> list[Text]:
    """Return an answer as lines of at most so many cells, broken between words where it can be."""
    rows: list[str] = []
    for line in safe_lines(clip(text, _SAMPLE)):
        rows += _rows_of(line.plain, width)
    return [Text(row) for row in rows]


def _rows_of(line: str, width: int) -> Sequence[str]:
    """Return one line in pieces."""
    rows = [""]
    for word in line.split(" "):
        joined = f"{rows[-1]} {word}" if rows[-1] else word
        if cell_len(joined) <= width:
            rows[-1] = joined
        elif rows[-1]:
            rows += chop_cells(word, width)
        else:
            rows[-1:] = chop_cells(word, width)
    return rows
