"""A verdict as a report to hand on: Markdown, or one HTML file that needs nothing else."""

from collections.abc import Iterator, Sequence
from html import escape

from core.scoring.rated.comparison import Comparison
from core.scoring.rated.contract import word_of
from core.scoring.rated.rating import SPAN
from core.scoring.rated.simulated import counted_raters
from core.scoring.rated.table import Table
from core.scoring.rated.verdict import RatedVerdict
from core.scoring.rated.wording import at_most, coefficient, name_of, shown_by
from core.scoring.statistics.shares import wilson
from core.text_safety import clip, visible

_TITLES = {
    "ship": "Ship",
    "do_not_ship": "Do not ship",
    "keep_rating": "Keep rating",
    "cannot_say": "Cannot say",
}
_LONGEST = 60
_WIDTH, _ROW, _LABELS, _EDGE = 640, 28, 150, 20
"""Pixels of the drawing: its width, a row's height, the names, and the margin at the right."""
_STYLE = """\
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
       color: #1b1f24; background: #fff; }
h1 { font-size: 1.6rem; margin-bottom: .25rem; }
.sentence { font-size: 1.15rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .25rem .5rem; border-bottom: 1px solid #d0d7de; }
th:first-child, td:first-child { text-align: left; }
svg { width: 100%; height: auto; }
svg text { font: 13px system-ui, sans-serif; fill: currentColor; }
@media (prefers-color-scheme: dark) { body { color: #e6edf3; background: #0d1117; } }
"""

Rows = Sequence[Sequence[str]]


def as_markdown(verdict: RatedVerdict, table: Table) -> str:
    """Return the report as Markdown."""
    lines = [f"# {_title(verdict)}", "", _markdown(verdict.sentence), ""]
    for title, head, rows in _tables(verdict, table):
        lines += [f"## {title}", "", _row(head), _row(["---", *["---:"] * (len(head) - 1)])]
        lines += [*map(_row, rows), ""]
    lines += ["## How far to trust it", ""]
    lines += [f"- {_markdown(line)}" for line in _notes(verdict, table)]
    return "\n".join(lines) + "\n"


def as_html(verdict: RatedVerdict, table: Table) -> str:
    """Return the report as one HTML file without scripts or anything from elsewhere."""
    title = _title(verdict)
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f"<title>{title}</title>",
        '<meta name="viewport" content="width=device-width">',
        f"<style>{_STYLE}</style></head><body>",
        f'<h1>{title}</h1><p class="sentence">{escape(verdict.sentence)}</p>',
        _forest(verdict.comparisons),
    ]
    for heading, head, rows in _tables(verdict, table):
        parts += [f"<h2>{heading}</h2><table><thead><tr>", *_cells("th", head), "</tr></thead>"]
        parts += ["<tbody>", *(f"<tr>{''.join(_cells('td', row))}</tr>" for row in rows)]
        parts.append("</tbody></table>")
    parts.append("<h2>How far to trust it</h2><ul>")
    parts += [f"<li>{escape(line)}</li>" for line in _notes(verdict, table)]
    parts.append("</ul></body></html>")
    return "\n".join(parts) + "\n"


def _title(verdict: RatedVerdict) -> str:
    """Return the decision, and whose it is where not only people rated."""
    title = _TITLES[verdict.decision]
    return f"{title} (simulated raters)" if verdict.simulated else title


def _tables(verdict: RatedVerdict, table: Table) -> Iterator[tuple[str, Sequence[str], Rows]]:
    """Yield title, head and rows of each table."""
    yield (
        "Against each alternative",
        ("against", "points", "interval", "wins", "ties", "losses", "p", "shown"),
        [
            (
                _shown(one.against),
                f"{one.mean_difference:+.2f}",
                f"{one.low:.2f} to {one.high:.2f}",
                *map(str, (one.wins, one.ties, one.losses)),
                f"{one.p:.3g}",
                shown_by(one),
            )
            for one in verdict.comparisons
        ],
    )
    yield (
        "Each contender",
        ("contender", "mean", "production-ready", "interval"),
        [_contender(table, name) for name in table.contenders],
    )


def _contender(table: Table, name: str) -> tuple[str, ...]:
    hits, n = table.ready(name)
    low, high = wilson(hits, n)
    interval = f"{100 * low:.0f} to {100 * high:.0f} %"
    return _shown(name), f"{table.mean(name):.2f}", f"{hits} of {n}", interval


def _notes(verdict: RatedVerdict, table: Table) -> Iterator[str]:
    """Yield what the figures rest on."""
    found, safety = verdict.agreement, verdict.safety
    raters = counted_raters(len(table.raters), verdict.simulated)
    yield f"{len(table.items):,} items, {raters}."
    yield (
        f"Agreement: alpha {coefficient(found.ordinal)} ({word_of(found.ordinal.value)}), equal "
        f"ratings {coefficient(found.percent)}, Gwet AC2 {coefficient(found.ac2)}."
    )
    if safety.recorded:
        yield f"Unsafe: {safety.count} of {safety.items}, at most {at_most(safety.upper)}."
    for rater, decision in verdict.without.items():
        yield f"Without rater {name_of(rater)}: {decision.replace('_', ' ')}."
    yield from verdict.warnings


def _forest(comparisons: Sequence[Comparison]) -> str:
    """Return where each difference lies, as a drawing."""
    reach = max((abs(edge) for one in comparisons for edge in (one.low, one.high)), default=0.1)
    reach = min(SPAN, max(reach, 0.1))
    half = (_WIDTH - _LABELS - _EDGE) / 2

    def across(value: float) -> float:
        return _LABELS + half + max(-1.0, min(1.0, value / reach)) * half

    zero, bottom = across(0), _ROW * len(comparisons)
    drawn = [
        f'<svg viewBox="0 0 {_WIDTH} {bottom + _ROW}" role="img" aria-label="differences">',
        f'<line x1="{zero:.1f}" y1="0" x2="{zero:.1f}" y2="{bottom}" stroke="#8c959f"/>',
    ]
    for place, one in enumerate(comparisons):
        y = place * _ROW + _ROW / 2
        drawn += [
            f'<text x="0" y="{y + 4:.1f}">{escape(_shown(one.against, 20))}</text>',
            f'<line x1="{across(one.low):.1f}" y1="{y:.1f}" x2="{across(one.high):.1f}" '
            f'y2="{y:.1f}" stroke="#0969da" stroke-width="3"/>',
            f'<circle cx="{across(one.mean_difference):.1f}" cy="{y:.1f}" r="6" fill="#0969da"/>',
        ]
    for value in (-reach, 0.0, reach):
        drawn.append(
            f'<text x="{across(value):.1f}" y="{bottom + 18}" text-anchor="middle">'
            f"{value:+.1f}</text>"
        )
    return "\n".join([*drawn, "</svg>"])


def _cells(tag: str, row: Sequence[str]) -> list[str]:
    return [f"<{tag}>{escape(cell)}</{tag}>" for cell in row]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_markdown, cells))} |"


def _markdown(text: str) -> str:
    """Return text that Markdown shows as it is."""
    for character in "\\`*_[]<>|":
        text = text.replace(character, f"\\{character}")
    return text


def _shown(name: str, limit: int = _LONGEST) -> str:
    return visible(clip(name, limit))
