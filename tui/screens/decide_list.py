"""Every recorded decision; enter opens one, or compares two that are marked."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.widget import Widget

from tui.decide_look import outcome_cell
from tui.decide_state import spoken
from tui.feed import Arrived, Feed
from tui.keymap import Where, bindings
from tui.screens.decide import shown_decision
from tui.screens.decide_compare import DecisionPairScreen
from tui.screens.decide_result import ResultScreen
from tui.screens.stage import StageScreen
from tui.widgets.page import Line, Lines
from tui.widgets.record_table import Column, RecordTable, records_of
from tui.widgets.safe_text import safe_text

if TYPE_CHECKING:
    from core.decide.record import Decision
    from core.decide.standing import Standing

_LOOK_EVERY_S = 2.0
_PAIR = 2


class DecisionTable(RecordTable):
    """A list in which decisions can be marked."""

    BINDINGS: ClassVar = bindings("decisions")


class DecisionsScreen(StageScreen):
    """Lists the decisions, newest first."""

    PLACES: ClassVar[tuple[Where, ...]] = ("decisions", "list")
    DEFAULT_CSS = "DecisionsScreen #title { height: 2; } DecisionsScreen #all { height: 1fr; }"

    def __init__(self, mode: str) -> None:
        super().__init__(mode)
        self._decisions: list[Decision] = []
        self._standing: Standing | None = None
        self._marked: tuple[str, ...] = ()

    def body(self) -> Iterable[Widget]:
        """Yield the list."""
        yield Lines(id="title")
        yield DecisionTable(
            Column(title="", width=1),
            Column(title="decision"),
            Column(title="recommended", width=24),
            Column(title="measured", width=11),
            Column(title="day, UTC", width=10),
            empty=(Text("  Reading the decisions.", style="muted"),),
            id="all",
        )

    def on_mount(self) -> None:
        """Read the decisions now and whenever they change."""
        self.query_one("#title", Lines).show([Text("Decisions", style="title")])
        self.query_one(DecisionTable).focus()
        self.feed(Feed(self, self._read, every=_LOOK_EVERY_S))

    def _read(self) -> "Standing":
        from core.decide.standing import read_standing

        today = self.tuningfork.settings.clock().date()
        return read_standing(self.tuningfork.workspace, today=today)

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self.hide_error()
        standing: Standing = event.value
        self._decisions, self._standing = list(standing.decisions), standing
        self._show()

    def _show(self) -> None:
        rows = [(one.id, self._cells(one)) for one in self._decisions]
        self.query_one(DecisionTable).show(records_of(rows))
        if self._marked:
            both = len(self._marked) == _PAIR
            does = "enter compares them" if both else "mark another to compare"
            self.say_status(Text(f"{len(self._marked)} marked: {does}.", style="accent"))
        else:
            count = len(self._decisions)
            words = "1 decision." if count == 1 else f"{count} decisions."
            self.say_status(Text(f"{words} {self._record()}", style="muted"))

    def _record(self) -> str:
        """Return how often the advice was right, in a line."""
        from core.decide.track_record import record_line

        return record_line(self._standing.scored) if self._standing else ""

    def _cells(self, decision: "Decision") -> tuple[Text, ...]:
        """Return one decision as cells."""
        result = shown_decision(decision).result
        scored = self._standing.score_of(decision.id) if self._standing else None
        return (
            Text("✓" if decision.id in self._marked else " ", style="accent"),
            safe_text(decision.name, limit=100),
            safe_text(spoken(result.get("recommendation", "")), limit=60),
            outcome_cell("" if scored is None else scored.outcome),
            safe_text(decision.created_at[:10], ink="muted"),
        )

    def action_mark(self) -> None:
        """Mark the decision under the cursor, or take its mark off; two at most."""
        table = self.query_one(DecisionTable)
        if table.key is None:
            return
        if table.key in self._marked:
            self._marked = tuple(id for id in self._marked if id != table.key)
        else:
            self._marked = (*self._marked, table.key)[-_PAIR:]
        table.action_rows(1)
        self._show()

    @on(RecordTable.Opened)
    def _opened(self, event: RecordTable.Opened) -> None:
        """Open one, or the two that are marked, the older one first."""
        wanted = self._marked if len(self._marked) == _PAIR else (event.key,)
        found = [shown_decision(one) for one in reversed(self._decisions) if one.id in wanted]
        if len(found) == _PAIR:
            self.app.push_screen(DecisionPairScreen(found[0], found[1], self.mode))
        elif found:
            self.app.push_screen(ResultScreen(found[0], self.mode))

    def exactly(self) -> list[Line]:
        """Return the file that holds them."""
        database = self.tuningfork.workspace.database
        return [Text("table `decisions` of", style="muted"), safe_text(str(database))]

    def value(self) -> str:
        """Return the id of the decision under the cursor."""
        return self.query_one(DecisionTable).key or ""
