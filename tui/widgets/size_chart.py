"""Draws how long rows are, with a limit that can be moved."""

from typing import TYPE_CHECKING

from textual.strip import Strip

from tui.size_lines import size_lines
from tui.widgets.canvas import Canvas

if TYPE_CHECKING:
    from core.data.lengths import Lengths


class SizeChart(Canvas):
    """Shows one distribution; nothing before there is one."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lengths: Lengths | None = None
        self._limit = 0
        self._by = ""

    def show(self, lengths: "Lengths | None", limit: int, *, by: str = "") -> None:
        """Replace what is drawn; `by` names the model whose tokenizer counted."""
        self._lengths, self._limit, self._by = lengths, limit, by
        self.redraw()

    def draw(self) -> list[Strip]:
        """Return the rows that fit."""
        if self._lengths is None:
            return []
        width, height = self.size
        lines = size_lines(self._lengths, self._limit, self._by, width=width, height=height)
        found = list(lines)[:height]
        for line in found:
            line.truncate(width, overflow="ellipsis")
        return [self.strip(line) for line in found]
