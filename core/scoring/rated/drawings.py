"""Drawings of a verdict for a page: where each difference lies, and who got which scores."""

from collections.abc import Sequence
from html import escape

from core.scoring.rated.comparison import Comparison
from core.scoring.rated.rating import SPAN
from core.scoring.rated.table import Table
from core.text_safety import clip, visible

_WIDTH, _ROW, _LABELS, _EDGE = 640, 28, 150, 20
"""Pixels of a drawing: its width, a row's height, the names, and the margin at the right."""
_NAME = 20
_SHADES = ("#b42318", "#a4561a", "#7d6608", "#2a7f7f", "#0969da")
"""Fills of the scores from the lowest to the highest of the fine rubric; white is read on each."""


def forest(comparisons: Sequence[Comparison]) -> str:
    """Return where each difference lies with its interval, all on one scale."""
    reach = max((abs(edge) for one in comparisons for edge in (one.low, one.high)), default=0.1)
    reach = min(SPAN, max(reach, 0.1))
    half = (_WIDTH - _LABELS - _EDGE) / 2

    def across(value: float) -> float:
        return _LABELS + half + max(-1.0, min(1.0, value / reach)) * half

    zero, bottom = across(0), _ROW * len(comparisons)
    drawn = [
        _open("differences in points with their intervals", bottom + _ROW),
        f'<line x1="{zero:.1f}" y1="0" x2="{zero:.1f}" y2="{bottom}" stroke="#8c959f"/>',
    ]
    for place, one in enumerate(comparisons):
        y = place * _ROW + _ROW / 2
        drawn += [
            _label(one.against, y),
            f'<line x1="{across(one.low):.1f}" y1="{y:.1f}" x2="{across(one.high):.1f}" '
            f'y2="{y:.1f}" stroke="#0969da" stroke-width="3"/>',
            f'<circle cx="{across(one.mean_difference):.1f}" cy="{y:.1f}" r="6" fill="#0969da"/>',
        ]
    for value in (-reach, 0.0, reach):
        drawn.append(_middle(across(value), bottom + 18, f"{value:+.1f}"))
    return "\n".join([*drawn, "</svg>"])


def distribution(table: Table) -> str:
    """Return how each contender's ratings spread over the scores, a bar a contender."""
    scores = table.rubric
    room = _WIDTH - _LABELS - _EDGE
    drawn = [_open("scores by contender", _ROW * (len(table.contenders) + 1))]
    for place, name in enumerate(table.contenders):
        counts, y, left = table.counts(name), place * _ROW, float(_LABELS)
        drawn.append(_label(name, y + _ROW / 2))
        for score in scores:
            width = room * counts[score] / counts.total()
            drawn.append(
                f'<rect x="{left:.1f}" y="{y + 4}" width="{width:.1f}" height="{_ROW - 8}" '
                f'fill="{_SHADES[score - 1]}"><title>{counts[score]} x {score}</title></rect>'
            )
            if width >= _ROW:
                drawn.append(_middle(left + width / 2, y + _ROW / 2 + 4, str(counts[score]), "on"))
            left += width
    y = len(table.contenders) * _ROW
    for place, score in enumerate(scores):
        x = _LABELS + place * room / len(scores)
        drawn += [
            f'<rect x="{x:.1f}" y="{y + 8}" width="12" height="12" fill="{_SHADES[score - 1]}"/>',
            f'<text x="{x + 18:.1f}" y="{y + 18}">{score}</text>',
        ]
    return "\n".join([*drawn, "</svg>"])


def _open(words: str, height: int) -> str:
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{words}">'


def _label(name: str, y: float) -> str:
    return f'<text x="0" y="{y + 4:.1f}">{escape(visible(clip(name, _NAME)))}</text>'


def _middle(x: float, y: float, text: str, kind: str = "off") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{text}</text>'
