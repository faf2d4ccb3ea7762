"""The lengths of rows as a drawing with a limit in it, and what the limit does, in words."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from tui.widgets.safe_text import safe_text

if TYPE_CHECKING:
    from core.data.lengths import AtLimit, Bin, Lengths

_FIGURES = 4
"""Rows of words below the drawing."""
_WIDEST = 6
"""Cells of one bin at most."""
_MARGIN = 2


def size_lines(
    lengths: "Lengths", limit: int, by: str, *, width: int, height: int
) -> Iterator[Text]:
    """Yield the drawing with its figures, as many lines as there is room for.

    `by` names the model whose tokenizer counted.
    """
    from core.data.lengths import at_limit, bins

    room = max(width - _MARGIN, 4)
    shown = bins(lengths, limit=limit, most=room // 2)
    cell = max(2, min(_WIDEST, room // max(len(shown), 1)))
    if lengths.exact:
        about = safe_text(f"tokens of {lengths.rows:,} sequences, by {by}", limit=200, ink="muted")
    else:
        about = Text(f"tokens of {lengths.rows:,} rows, at most, by bytes", style="muted")
    yield about
    bars = height - _FIGURES - 2
    if bars > 0:
        yield from _bars(shown, limit, cell, bars)
        yield _axis(shown, cell)
    yield from _figures(at_limit(lengths, limit), lengths)


def _bars(shown: "Sequence[Bin]", limit: int, cell: int, height: int) -> Iterator[Text]:
    """Yield the bars from the top down; the limit stands between two of them."""
    tallest = max((one.rows for one in shown), default=0)
    halves = [-(-one.rows * 2 * height // tallest) if tallest else 0 for one in shown]
    at = _column_of(shown, limit, cell)
    for row in range(height, 0, -1):
        line = Text(" " * _MARGIN)
        for one, filled in zip(shown, halves, strict=True):
            mark = "█" if filled >= 2 * row else "▄" if filled == 2 * row - 1 else " "
            ink = "" if one.high <= limit else "warn"
            line.append(mark * (cell - 1), style=ink).append(" ")
        line = Text.assemble(line[:at], ("│", "accent"), line[at + 1 :])
        yield line


def _column_of(shown: "Sequence[Bin]", limit: int, cell: int) -> int:
    """Return where the limit stands: behind the bin that ends with it, or within its bin."""
    place = next((n for n, one in enumerate(shown) if one.high >= limit), len(shown) - 1)
    ends = bool(shown) and shown[place].high == limit
    return _MARGIN + place * cell + (cell - 1 if ends else cell // 2)


def _axis(shown: "Sequence[Bin]", cell: int) -> Text:
    """Return the upper ends of some bins, each below its end."""
    line = ""
    for place, one in enumerate(shown):
        words = _short(one.high)
        end = _MARGIN + (place + 1) * cell
        if len(line) + 1 + len(words) <= end:
            line = line.ljust(end - len(words)) + words
    return Text(line, style="muted")


def _short(tokens: int) -> str:
    """Return a length in a few signs: 1.5k for 1,536."""
    for unit, size in (("M", 1 << 20), ("k", 1 << 10)):
        if tokens >= size:
            return f"{tokens / size:.3g}{unit}"
    return str(tokens)


def _figures(found: "AtLimit", lengths: "Lengths") -> Iterator[Text]:
    """Yield what the limit does."""
    yield Text.assemble(
        ("limit ", "muted"), (f"{found.limit:,} tokens", "accent"), ("  < > move it", "muted")
    )
    share = f" ({found.fits / lengths.rows:.1%})" if lengths.rows else ""
    proven = "fit" if lengths.exact else "are proven to fit"
    yield Text.assemble(("✓ ", "good"), f"{found.fits:,} {proven}{share}")
    glyph = ("▲ ", "warn") if found.longer or found.unproven else ("· ", "muted")
    if lengths.exact:
        yield Text.assemble(glyph, f"{found.longer:,} are longer")
        lost = f"{found.trained_cut or 0:,} of them with loss"
        yield Text(f"  {found.cut:,} tokens cut, {lost}")
    else:
        yield Text.assemble(glyph, f"{found.longer:,} are longer, {found.unproven:,} may be")
        yield Text(f"  at most {found.cut:,} tokens cut")
