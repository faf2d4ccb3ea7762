"""From which volume an own machine pays: as a plot and as a table, and what is missing for it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import events, on
from textual.widget import Widget

from tui.decide_look import Shown
from tui.decide_volumes import table_lines, volume_words
from tui.feed import Arrived, Feed
from tui.keymap import Key, Where, bindings
from tui.screens.stage import StageScreen
from tui.widgets.break_even_chart import BreakEvenChart
from tui.widgets.page import Hanging, Line, Lines, Page
from tui.widgets.safe_text import safe_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.decide.break_even import BreakEven

_LOOK_EVERY_S = 2.0
_NOT_TUNED = "Nothing is tuned, so there is no machine of your own to compare a service with."
_NOT_KEPT = "No curves were kept with this decision; e on it asks again, with the prices of today."
_CHART_ROWS = 12
_CHART_SHARE = 2
"""The chart has one row in so many, once a screen is high."""


class CostsScreen(StageScreen):
    """Shows one break-even at a time; the others are a key away."""

    PLACES: ClassVar[tuple[Where, ...]] = ("costs", "page")
    BINDINGS: ClassVar = bindings("costs")
    DEFAULT_CSS = """
    CostsScreen #title { height: 1; }
    CostsScreen #plot { height: 12; }
    CostsScreen #plot.-none { display: none; }
    CostsScreen #words { height: 1fr; margin-top: 1; }
    """

    def __init__(self, read: "Callable[[], Shown]", mode: str) -> None:
        super().__init__(mode)
        self._read_shown = read
        self._bill: Mapping[str, Any] = {}
        self._meets: tuple[BreakEven, ...] = ()
        self._asked: float | None = None
        self._at = 0

    def body(self) -> Iterable[Widget]:
        """Yield the plot above its words."""
        yield Lines(id="title")
        yield BreakEvenChart(self.tuningfork.settings.level, id="plot")
        yield Page(id="words")

    def on_mount(self) -> None:
        """Look now, and again: prices of one's own may come while one reads."""
        self.query_one("#words", Page).focus()
        self.feed(Feed(self, self._read, every=_LOOK_EVERY_S))

    def on_resize(self, event: events.Resize) -> None:
        """Give the plot a share of a high screen."""
        super().on_resize(event)
        rows = max(_CHART_ROWS, event.size.height // _CHART_SHARE)
        self.query_one("#plot", BreakEvenChart).styles.height = rows

    def _read(self) -> "tuple[Mapping[str, Any], tuple[BreakEven, ...], float | None]":
        """Return the bill, what of it can be drawn, and the person's volume."""
        from core.decide.break_even import recorded_break_even

        shown = self._read_shown()
        bill = shown.result.get("bill")
        bill = bill if isinstance(bill, Mapping) else {}
        stored = bill.get("break_even")
        drawn = [recorded_break_even(one) for one in stored] if isinstance(stored, list) else []
        asked = shown.answers.get("requests_per_day")
        is_number = isinstance(asked, int | float) and not isinstance(asked, bool)
        return bill, tuple(one for one in drawn if one), asked if is_number else None

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self.hide_error()
        self._bill, self._meets, self._asked = event.value
        self._at = min(self._at, max(0, len(self._meets) - 1))
        self._show()
        self.show_keys()

    @property
    def _meet(self) -> "BreakEven | None":
        return self._meets[self._at] if self._meets else None

    def _show(self) -> None:
        meets = self._meet
        chart = self.query_one("#plot", BreakEvenChart)
        chart.set_class(meets is None, "-none")
        chart.show(meets, self._asked)
        title = Text("Hosted against an own machine", style="title")
        if meets is not None:
            unit = safe_text(meets.currency, limit=3, ink="muted")
            title = Text.assemble(title, "  ", unit, (" a month by requests a day", "muted"))
        self.query_one("#title", Lines).show([title])
        self.query_one("#words", Page).show(list(cost_words(self._bill, meets, self._asked)))
        count = len(self._meets)
        told = f"offer {self._at + 1} of {count}" if count else "no break-even to draw"
        day = safe_text(str(self._bill.get("as_of", "")), limit=20)
        self.say_status(Text.assemble(told, " · counted on ", day, style="muted"))

    def works_now(self, key: Key) -> bool:
        """Return False for other offers where there is none."""
        return len(self._meets) > 1 or key.where != "costs"

    def action_offer(self, steps: int) -> None:
        """Show another hosted offer."""
        if self._meets:
            self._at = (self._at + steps) % len(self._meets)
            self._show()

    def exactly(self) -> list[Line]:
        """Return where prices of one's own go, and what an entry looks like."""
        lines: list[Line] = [
            safe_text(str(self.tuningfork.workspace.prices), ink="key"),
            Text("takes prices and assumptions of your own, which count before ours.", "muted"),
            Text(""),
        ]
        return [*lines, *(safe_text(line) for line in self._entries().splitlines())]

    def value(self) -> str:
        """Return entries to fill in for what is missing, else where the costs meet."""
        return self._entries() or (self._meet.words if self._meet else "")

    def _entries(self) -> str:
        """Return what to write for each missing price."""
        from core.decide.missing import entry_for

        missing = self._bill.get("missing")
        units = [str(one.get("unit", "")) for one in missing] if isinstance(missing, list) else []
        today = self.tuningfork.settings.clock().date()
        return "\n".join(entry_for(unit, today) for unit in units)


def cost_words(
    bill: Mapping[str, Any], meets: "BreakEven | None", asked: float | None
) -> Iterator[Line]:
    """Yield what the bands are, what is so at the person's volume, the table, what is missing."""
    if meets is None:
        yield safe_text(str(bill.get("no_break_even", _NOT_KEPT) or _NOT_TUNED), ink="strong")
    else:
        yield from _legend(meets, asked)
        yield Text("")
        titles, *rows = table_lines(meets, asked)
        yield Text(titles, style="muted")
        for row in rows:
            yield safe_text(row, ink="strong" if "^" in row else "")
    assumed = bill.get("assumed")
    if assumed:
        yield Text("")
        yield Hanging(Text.assemble(("Stands on  ", "muted"), safe_text(str(assumed))), 11)
    yield from _missing(bill.get("missing"))


def _legend(meets: "BreakEven", asked: float | None) -> Iterator[Line]:
    hosted, own = (safe_text(one, limit=100) for one in (meets.hosted, meets.own))
    yield Hanging(Text.assemble(("H  ", "accent"), "hosted: ", hosted), 3)
    yield Hanging(Text.assemble(("M  ", "ema"), "machine: ", own), 3)
    yield Hanging(Text.assemble(("━  ", "eval"), safe_text(meets.meeting)), 3)
    yield Hanging(Text.assemble(("▲  ", "strong"), safe_text(volume_words(meets, asked))), 3)


def _missing(missing: object) -> Iterator[Line]:
    """Yield each price that is not known, and where to put it."""
    if not isinstance(missing, list) or not missing:
        return
    yield Text("")
    yield Text.assemble(("Prices that are missing", "strong"), ("  y copies entries", "muted"))
    for one in missing:
        words = str(one.get("words", "")) if isinstance(one, Mapping) else str(one)
        yield Hanging(Text.assemble("  ", safe_text(words, limit=400)), 4)
