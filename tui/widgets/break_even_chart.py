"""A break-even as bands over the volume, with the person's volume marked."""

from typing import TYPE_CHECKING

from textual.strip import Strip

from tui.decide_plot import plot_rows
from tui.glyphs import Level
from tui.widgets.canvas import Canvas

if TYPE_CHECKING:
    from core.decide.break_even import BreakEven


class BreakEvenChart(Canvas):
    """Shows one break-even; nothing before there is one."""

    def __init__(self, level: Level, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._level = level
        self._meets: BreakEven | None = None
        self._asked: float | None = None

    def show(self, meets: "BreakEven | None", asked: float | None) -> None:
        """Replace what is drawn; `asked` is the person's volume in requests a day."""
        self._meets, self._asked = meets, asked
        self.redraw()

    def draw(self) -> list[Strip]:
        """Return the rows that fit."""
        if self._meets is None:
            return []
        width, height = self.size
        rows = plot_rows(self._meets, self._asked, width=width, height=height, level=self._level)
        for row in rows:
            row.truncate(width)
        return [self.strip(row) for row in rows[:height]]
