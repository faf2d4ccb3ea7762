"""A verdict as a report to hand on: Markdown, or one HTML file that needs nothing else."""

from collections.abc import Iterator, Sequence
from html import escape

from core.scoring.rated.drawings import distribution, forest
from core.scoring.rated.figures import figure_sections
from core.scoring.rated.plots import distribution_lines, forest_lines
from core.scoring.rated.section import Section
from core.scoring.rated.table import Table
from core.scoring.rated.verdict import RatedVerdict
from core.text_safety import visible

_TITLES = {
    "ship": "Ship",
    "do_not_ship": "Do not ship",
    "keep_rating": "Keep rating",
    "cannot_say": "Cannot say",
}
_STYLE = """\
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
       color: #1b1f24; background: #fff; }
h1 { font-size: 1.6rem; margin-bottom: .25rem; }
.sentence { font-size: 1.15rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .25rem .5rem; border-bottom: 1px solid #d0d7de; }
td:nth-child(2):last-child { overflow-wrap: anywhere; }
th:first-child, td:first-child { text-align: left; }
svg { width: 100%; height: auto; }
svg text { font: 13px system-ui, sans-serif; fill: currentColor; }
svg text.on { fill: #fff; }
@media (prefers-color-scheme: dark) { body { color: #e6edf3; background: #0d1117; } }
"""


def as_markdown(verdict: RatedVerdict, table: Table, more: Sequence[Section] = ()) -> str:
    """Return the report as Markdown; `more` follows the figures."""
    lines = [f"# {_title(verdict)}", "", _markdown(verdict.sentence), ""]
    # Indented, because no name can end that, while one of backticks would end a fence.
    for name, drawn in (
        ("Differences", forest_lines(verdict.comparisons)),
        ("Scores", distribution_lines(table)),
    ):
        lines += [f"## {name}", "", *(f"    {line}".rstrip() for line in drawn), ""]
    for section in (*figure_sections(verdict, table), *more):
        lines += [f"## {section.title}", ""]
        if section.head:
            lines += [_row(section.head), _row(["---", *["---:"] * (len(section.head) - 1)])]
            lines += [*map(_row, section.rows), ""]
        if section.notes:
            lines += [*(f"- {_markdown(note)}" for note in section.notes), ""]
    return "\n".join(lines)


def as_html(verdict: RatedVerdict, table: Table, more: Sequence[Section] = ()) -> str:
    """Return the report as one HTML file without scripts or anything from elsewhere."""
    title = _title(verdict)
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f"<title>{title}</title>",
        '<meta name="viewport" content="width=device-width">',
        f"<style>{_STYLE}</style></head><body>",
        f'<h1>{title}</h1><p class="sentence">{escape(visible(verdict.sentence))}</p>',
        "<h2>Differences</h2>",
        forest(verdict.comparisons),
        "<h2>Scores</h2>",
        distribution(table),
    ]
    for section in (*figure_sections(verdict, table), *more):
        parts += _html_section(section)
    return "\n".join([*parts, "</body></html>"]) + "\n"


def _title(verdict: RatedVerdict) -> str:
    """Return the decision, and whose it is where not only people rated."""
    title = _TITLES[verdict.decision]
    return f"{title} (simulated raters)" if verdict.simulated else title


def _html_section(section: Section) -> Iterator[str]:
    yield f"<h2>{escape(section.title)}</h2>"
    if section.head:
        yield f"<table><thead><tr>{''.join(_cells('th', section.head))}</tr></thead><tbody>"
        for row in section.rows:
            yield f"<tr>{''.join(_cells('td', row))}</tr>"
        yield "</tbody></table>"
    if section.notes:
        items = "".join(f"<li>{escape(visible(note))}</li>" for note in section.notes)
        yield f"<ul>{items}</ul>"


def _cells(tag: str, row: Sequence[str]) -> list[str]:
    return [f"<{tag}>{escape(visible(cell))}</{tag}>" for cell in row]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_markdown, cells))} |"


def _markdown(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    text = visible(text)
    for character in "\\`*_[]<>|":
        text = text.replace(character, f"\\{character}")
    return text
