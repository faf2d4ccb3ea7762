"""Drawings of a verdict in plain text: where each difference lies, and who got which scores."""

from collections.abc import Iterator, Sequence

from core.scoring.rated.comparison import Comparison
from core.scoring.rated.rating import SPAN
from core.scoring.rated.table import Table
from core.text_safety import clip, visible

_NAME = 12
_AXIS = 49
_WIDEST = 76
"""Cells of a drawing, so that it fits a page of 80."""
_COUNT = 6
"""Cells beside a bar for its count and a gap."""
_LONGEST_BAR = 20


def forest_lines(comparisons: Sequence[Comparison], *, width: int = _AXIS) -> Iterator[str]:
    """Yield one line a comparison: its interval, its mean, and where 0 is.

    `o` is the mean, `-` the interval, `|` no difference; all intervals share one scale.
    """
    reach = max((abs(edge) for one in comparisons for edge in (one.low, one.high)), default=0.0)
    reach = min(SPAN, max(reach, 0.1))
    half = width // 2

    def column(value: float) -> int:
        return half + round(max(-1.0, min(1.0, value / reach)) * half)

    yield f"{'':<{_NAME}} {-reach:<+{half}.1f}0{reach:>+{half}.1f}"
    for one in comparisons:
        cells = [" "] * (2 * half + 1)
        for place in range(column(one.low), column(one.high) + 1):
            cells[place] = "-"
        cells[half] = "|"
        cells[column(one.mean_difference)] = "o"
        yield f"{_padded(one.against)} {''.join(cells)}".rstrip()


def distribution_lines(table: Table) -> Iterator[str]:
    """Yield one line a contender: how many of its ratings have each score."""
    scores = table.rubric
    most = 1
    counted = [(name, table.counts(name)) for name in table.contenders]
    for _, counts in counted:
        most = max(most, *counts.values())
    column = min(_LONGEST_BAR + _COUNT, (_WIDEST - _NAME - 1) // len(scores) - 1)
    yield f"{'':<{_NAME}} " + " ".join(f"{score:<{column}}" for score in scores).rstrip()
    for name, counts in counted:
        bars = (
            f"{'#' * round((column - _COUNT) * counts[score] / most)} {counts[score]}".strip()
            for score in scores
        )
        yield f"{_padded(name)} " + " ".join(f"{bar:<{column}}" for bar in bars).rstrip()


def _padded(name: str) -> str:
    return f"{visible(clip(name, _NAME)):<{_NAME}}"
