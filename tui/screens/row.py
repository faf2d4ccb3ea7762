"""One row of a dataset: what it says, what is wrong with it, and what is done about it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events
from textual.containers import Horizontal
from textual.widget import Widget

from core.errors import TuningforkError
from tui.keymap import Key, Where, bindings
from tui.row_lines import conversation, difference, raw
from tui.row_set import RowSet
from tui.screens.answering import AnsweringScreen
from tui.screens.go_to import GoToScreen
from tui.screens.two_columns import WIDE
from tui.widgets.page import Line, Lines, Page
from tui.widgets.safe_text import safe_text

if TYPE_CHECKING:
    from core.data.rows import Fault, Row

_LOOKS_OF_TWO = frozenset({"difference", "beside"})
_OF_OTHER_FILE = "holdout_leak"
_OF_TWO = frozenset({"row-difference", "row-beside", "row-other"})
_OF_FINDING = frozenset({"row-fix", "row-keep", "row-all"})
_LOOKING = frozenset({"data-next-row", "data-previous-row", "row-raw", "data-go-to-row"})


class RowScreen(AnsweringScreen):
    """Shows a row as it reads after what was done to it."""

    PLACES: ClassVar[tuple[Where, ...]] = ("row", "page")
    BINDINGS: ClassVar = bindings("row")
    DEFAULT_CSS = """
    RowScreen #head { height: 2; }
    RowScreen #pages { height: 1fr; }
    RowScreen #beside { display: none; margin-left: 3; }
    RowScreen.-beside #beside { display: block; }
    """

    def __init__(self, rows: RowSet, *, place: int = 0) -> None:
        super().__init__(rows)
        self._place = place
        self._look = "said"
        self._shown: tuple[int, str] | None = None
        """What is in sight; only another row or view begins at its top."""

    def body(self) -> Iterable[Widget]:
        """Yield where one is above the row."""
        yield Lines(id="head")
        yield Horizontal(Page(id="said"), Page(id="beside"), id="pages")

    def on_mount(self) -> None:
        """Show the row."""
        self.query_one("#said").focus()
        self.show_row()

    def on_screen_resume(self, _: events.ScreenResume) -> None:
        """Read again what was done meanwhile, on a row that was opened from here for one."""
        self.look_again()
        self.show_row()

    def on_resize(self, _: events.Resize) -> None:
        """Lay two rows out for the new width."""
        self.show_row()

    @property
    def number(self) -> int:
        """The number of the row in sight."""
        return self.rows.numbers[self._place]

    def show_row(self) -> None:
        """Show the row as it reads after what was done to it."""
        try:
            line = self.desk.line(self.number)
            self._show_line(line)
            self.hide_error()
        except TuningforkError as error:
            self.show_error(error)
        self.show_keys()

    def _show_line(self, line: bytes | None) -> None:
        from core.data.sources import to_row

        done = self.desk.words_on(self.number)
        self.query_one("#head", Lines).show([self._head(), _done_words(done)])
        shown = line if line is not None else self.rows.index.line(self.number)
        row = to_row(shown, number=self.number)
        faults = () if done else self._faults()
        other = self._other()
        if self._look == "raw":
            lines = list(raw(shown))
        elif self._look == "difference" and other is not None:
            lines = list(difference(row, other))
        else:
            # Beside another row the turns stand side by side, so nothing may push them apart.
            said = () if self._look == "beside" and other is not None else faults
            lines = list(conversation(row, said, limit=self.rows.limit))
        self._show_beside(other if self._look == "beside" else None, lines)
        if self._shown != (self.number, self._look):
            self._shown = (self.number, self._look)
            for page in self.query(Page):
                page.action_start()
        self.say_status(self.scope())

    def _faults(self) -> "Sequence[Fault]":
        """Return what is wrong with the row; a finding of very many rows lists the first ones."""
        from core.data.row_faults import faults_of_row

        known = self.rows.faults.get(self.number, ())
        if known or not self.rows.check:
            return known
        return faults_of_row(self.rows.index, self.number, self.rows.check)

    def _show_beside(self, other: "Row | None", lines: list[Line]) -> None:
        """Show another row right of this one, or below it where there is no room."""
        others: list[Line] = []
        if other is not None:
            title = Text(f"row {other.number:,}", style="title")
            others = [title, Text(""), *conversation(other, limit=self.rows.limit)]
            lines = [Text(f"row {self.number:,}", style="title"), Text(""), *lines]
        beside = other is not None and self.size.width >= WIDE
        self.set_class(beside, "-beside")
        self.query_one("#beside", Page).show(others if beside else ())
        self.query_one("#said", Page).show(lines if beside else [*lines, *others])

    def _head(self) -> Text:
        """Return which row of which this is."""
        count = len(self.rows.numbers)
        of = f"  {self._place + 1:,} of {count:,}"
        check = safe_text(f"  {self.rows.check}", limit=40, ink="warn")
        return Text.assemble((f"row {self.number:,}", "title"), (of, "muted"), check)

    def _other(self) -> "Row | None":
        """Return the row that a complaint about this one names."""
        from core.data.sources import to_row

        number = self._other_number()
        return to_row(self.rows.index.line(number), number=number) if number else None

    def _other_number(self) -> int | None:
        """Return the number of that row; a leak names a row of another file, which is not here."""
        named = (
            fault.other
            for fault in self.rows.faults.get(self.number, ())
            if fault.other is not None and fault.check != _OF_OTHER_FILE
        )
        partner = next(named, None)
        if partner is None and self.rows.check != _OF_OTHER_FILE:
            partner = self.rows.partner(self.number)
        return partner if partner is not None and 1 <= partner <= len(self.rows.index) else None

    def works_now(self, key: Key) -> bool:
        """Return whether there is a finding to answer, or a row to compare with."""
        if key.id in _OF_TWO:
            return self._other_number() is not None
        if key.where == "row" and key.id not in _LOOKING and not self.rows.sha256:
            return False
        return bool(self.rows.check) or key.id not in _OF_FINDING

    def action_row(self, steps: int) -> None:
        """Go to another row; there is none beyond the ends."""
        place = max(0, min(self._place + steps, len(self.rows.numbers) - 1))
        if place == self._place:
            end = "last" if steps > 0 else "first"
            self.tuningfork.hint(Text(f"This is the {end} row.", style="muted"))
            return
        self._place = place
        self.show_row()

    def action_go_to(self) -> None:
        """Ask for a number."""
        self.app.push_screen(GoToScreen(), self._go_to)

    def _go_to(self, number: int | None) -> None:
        if number is None:
            return
        if number not in self.rows.numbers:
            self.tuningfork.hint(Text(f"Row {number:,} is not among these.", style="warn"))
            return
        self._place = self.rows.numbers.index(number)
        self.show_row()

    def action_look(self, look: str) -> None:
        """Switch to another view of the row, or back to what it says."""
        if look in _LOOKS_OF_TWO and self._other_number() is None:
            self.tuningfork.hint(Text("No other row is named here.", style="muted"))
            return
        self._look = "said" if self._look == look else look
        self.show_row()

    def action_other(self) -> None:
        """Open the row that a complaint about this one names."""
        number = self._other_number()
        if number is None:
            self.tuningfork.hint(Text("No other row is named here.", style="muted"))
            return
        self.app.push_screen(RowScreen(replace(self.rows, numbers=(number,))))

    def exactly(self) -> list[Line]:
        """Return the command that writes the rows as they read now."""
        source = str(self.rows.source)
        return [
            safe_text(f"tuningfork clean {source} -o CLEAN.jsonl", ink="key"),
            Text(""),
            *raw(self.rows.index.line(self.number)),
        ]

    def value(self) -> str:
        """Return the line of the row."""
        line = self.desk.line(self.number)
        return (line or b"").decode("utf-8", "replace")


def _done_words(done: Sequence[str]) -> Text:
    """Return what was done to the row."""
    return safe_text("; ".join(done), ink="good") if done else Text()
