"""A screen of text that uses the width it has: two columns from 120 cells, one below."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import events
from textual.containers import Horizontal
from textual.widget import Widget

from tui.keymap import Where
from tui.screens.stage import StageScreen
from tui.widgets.page import Line, Page

WIDE = 120


class TwoColumnScreen(StageScreen):
    """Shows a main column and an aside; on a narrow screen the aside follows the main one."""

    PLACES: ClassVar[tuple[Where, ...]] = ("page",)
    DEFAULT_CSS = """
    TwoColumnScreen #aside { width: 2fr; margin-left: 3; display: none; }
    TwoColumnScreen #main { width: 3fr; }
    TwoColumnScreen.-with-aside #aside { display: block; }
    """

    def __init__(self, mode: str) -> None:
        super().__init__(mode)
        self._main: Sequence[Line] = ()
        self._aside: Sequence[Line] = ()

    def body(self) -> Iterable[Widget]:
        """Yield both columns."""
        yield Horizontal(Page(id="main"), Page(id="aside"))

    def show_columns(self, main: Sequence[Line], aside: Sequence[Line]) -> None:
        """Replace both columns."""
        self._main, self._aside = main, aside
        self._lay_out(self.size.width)

    def on_resize(self, event: events.Resize) -> None:
        """Use the new width."""
        self._lay_out(event.size.width)

    def _lay_out(self, width: int) -> None:
        if not self.is_mounted:
            return
        beside = width >= WIDE and bool(self._aside)
        self.set_class(beside, "-with-aside")
        below = [] if beside else self._aside
        self.query_one("#main", Page).show([*self._main, *below])
        self.query_one("#aside", Page).show(self._aside if beside else ())
