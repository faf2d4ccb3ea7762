"""One row of a dataset: what it says, what is wrong with it, and what is done about it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events
from textual.containers import Horizontal
from textual.widget import Widget

from core.errors import TuningforkError
from tui.keymap import Key, Where, bindings
from tui.mending import Mending
from tui.row_lines import conversation, difference, raw
from tui.screens.ask_text import AskTextScreen
from tui.screens.go_to import GoToScreen
from tui.screens.mended import MendedScreen
from tui.screens.two_columns import WIDE
from tui.widgets.page import Line, Lines, Page
from tui.widgets.safe_text import safe_text

if TYPE_CHECKING:
    from core.data.line_index import LineIndex
    from core.data.rows import Fault, Row
    from core.data.triage.operations import Change

_OF_OTHER_FILE = "holdout_leak"
_OF_TWO = frozenset({"row-difference", "row-beside", "row-other"})
_OF_FINDING = frozenset({"row-fix", "row-keep", "row-all"})
_LOOKING = frozenset({"data-next-row", "data-previous-row", "row-raw", "data-go-to-row"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSet:
    """Rows to be looked at one by one."""

    source: Path
    """The file they are in."""
    sha256: str
    """Hash of its bytes; "" while they are still being read, and nothing can be changed."""
    index: "LineIndex"
    """Where its lines are."""
    numbers: Sequence[int]
    """Which rows, in order."""
    check: str = ""
    """The check that complains; none when rows are just looked through."""
    faults: "Mapping[int, Sequence[Fault]]" = field(default_factory=dict)
    """What checks say, by row."""
    limit: int | None = None
    """Tokens that a row may have; None where nobody asks."""


class RowScreen(MendedScreen):
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
        super().__init__("inspect")
        self._rows = rows
        self._place = place
        self._look = "said"
        self._shown: tuple[int, str] | None = None
        """What is in sight; only another row or view begins at its top."""
        self._all = False
        """Whether the next change goes to every row of the finding."""
        self._mending: Mending | None = None

    def body(self) -> Iterable[Widget]:
        """Yield where one is above the row."""
        yield Lines(id="head")
        yield Horizontal(Page(id="said"), Page(id="beside"), id="pages")

    def on_mount(self) -> None:
        """Show the row."""
        self.query_one("#said").focus()
        self._show()

    def on_screen_resume(self, _: events.ScreenResume) -> None:
        """Read again what was done meanwhile, on a row that was opened from here for one."""
        self._mending = None
        self._show()

    def on_resize(self, _: events.Resize) -> None:
        """Lay two rows out for the new width."""
        self._show()

    @property
    def number(self) -> int:
        """The number of the row in sight."""
        return self._rows.numbers[self._place]

    @property
    def _desk(self) -> Mending:
        if self._mending is None:
            rows = self._rows
            self._mending = Mending(
                self.tuningfork.workspace,
                rows.source,
                rows.sha256,
                rows.index,
                self.tuningfork.settings.clock,
            )
        return self._mending

    def _show(self) -> None:
        try:
            line = self._desk.line(self.number)
            self._show_line(line)
        except TuningforkError as error:
            self.show_error(error)
        self.show_keys()

    def _show_line(self, line: bytes | None) -> None:
        from core.data.sources import to_row

        done = self._desk.words_on(self.number)
        self.query_one("#head", Lines).show([self._head(), _done_words(done)])
        shown = line if line is not None else self._rows.index.line(self.number)
        row = to_row(shown, number=self.number)
        faults = () if done else self._rows.faults.get(self.number, ())
        other = self._other()
        if self._look == "raw":
            lines = list(raw(shown))
        elif self._look == "difference" and other is not None:
            lines = list(difference(row, other))
        else:
            # Beside another row the turns stand side by side, so nothing may push them apart.
            said = () if self._look == "beside" and other is not None else faults
            lines = list(conversation(row, said, limit=self._rows.limit))
        self._show_beside(other if self._look == "beside" else None, lines)
        if self._shown != (self.number, self._look):
            self._shown = (self.number, self._look)
            for page in self.query(Page):
                page.action_start()
        self.say_status(self._scope())

    def _show_beside(self, other: "Row | None", lines: list[Line]) -> None:
        """Show another row right of this one, or below it where there is no room."""
        others: list[Line] = []
        if other is not None:
            title = Text(f"row {other.number:,}", style="title")
            others = [title, Text(""), *conversation(other, limit=self._rows.limit)]
            lines = [Text(f"row {self.number:,}", style="title"), Text(""), *lines]
        beside = other is not None and self.size.width >= WIDE
        self.set_class(beside, "-beside")
        self.query_one("#beside", Page).show(others if beside else ())
        self.query_one("#said", Page).show(lines if beside else [*lines, *others])

    def _head(self) -> Text:
        """Return which row of which this is."""
        count = len(self._rows.numbers)
        of = f"  {self._place + 1:,} of {count:,}"
        check = safe_text(f"  {self._rows.check}", limit=40, ink="warn")
        return Text.assemble((f"row {self.number:,}", "title"), (of, "muted"), check)

    def _scope(self) -> Text:
        """Return what the next change goes to, and how much was done."""
        touched = self._desk.touched
        scope = (
            Text(f"the next change goes to all {len(self._rows.numbers):,} rows  ", style="warn")
            if self._all
            else Text()
        )
        done = f"{touched:,} rows mended so far; u takes the last change back" if touched else ""
        return Text.assemble(scope, (done or "nothing changed yet", "muted"))

    def _other(self) -> "Row | None":
        """Return the row that a complaint about this one names."""
        from core.data.sources import to_row

        number = self._other_number()
        return to_row(self._rows.index.line(number), number=number) if number else None

    def _other_number(self) -> int | None:
        """Return the number of that row; a leak names a row of another file, which is not here."""
        named = (
            fault.other
            for fault in self._rows.faults.get(self.number, ())
            if fault.other is not None and fault.check != _OF_OTHER_FILE
        )
        return next((one for one in named if 1 <= one <= len(self._rows.index)), None)

    def works_now(self, key: Key) -> bool:
        """Return whether there is a finding to answer, or a row to compare with."""
        if key.id in _OF_TWO:
            return self._other_number() is not None
        if key.where == "row" and key.id not in _LOOKING and not self._rows.sha256:
            return False
        return bool(self._rows.check) or key.id not in _OF_FINDING

    def action_row(self, steps: int) -> None:
        """Go to another row; there is none beyond the ends."""
        self._place = max(0, min(self._place + steps, len(self._rows.numbers) - 1))
        self._show()

    def action_go_to(self) -> None:
        """Ask for a number."""
        self.app.push_screen(GoToScreen(), self._go_to)

    def _go_to(self, number: int | None) -> None:
        if number is None:
            return
        if number not in self._rows.numbers:
            self.tuningfork.tell(Text(f"Row {number:,} is not among these.", style="warn"))
            return
        self._place = self._rows.numbers.index(number)
        self._show()

    def action_look(self, look: str) -> None:
        """Switch to another view of the row, or back to what it says."""
        self._look = "said" if self._look == look else look
        self._show()

    def action_other(self) -> None:
        """Open the row that a complaint about this one names."""
        number = self._other_number()
        if number is None:
            self.tuningfork.tell(Text("No other row is named here.", style="muted"))
            return
        self.app.push_screen(RowScreen(replace(self._rows, numbers=(number,))))

    def action_all(self) -> None:
        """Let the next change go to every row of the finding, or to this one again."""
        self._all = not self._all
        self.say_status(self._scope())

    def _may_change(self) -> bool:
        """Return whether the whole file was read; say so where it was not."""
        if not self._rows.sha256:
            self.tuningfork.tell(Text("The file is still being read.", style="warn"))
        return bool(self._rows.sha256)

    def action_fix(self) -> None:
        """Mend what a rule can mend."""
        if not self._may_change():
            return
        change = self._desk.fix(self._rows.check, self._chosen())
        if change is None:
            none = f"No rule mends {self._rows.check} here; x drops the row, o keeps it."
            self.tuningfork.tell(safe_text(none, ink="warn"))
            return
        self._ask_first(change)

    def action_redact(self) -> None:
        """Cover secrets and personal data, each value by a stand-in of its own."""
        if not self._may_change():
            return
        try:
            change = self._desk.redact(self._chosen())
        except TuningforkError as error:
            self.show_error(error)
            return
        if change is None:
            none = Text("Nothing is found here that could be covered.", style="warn")
            self.tuningfork.tell(none)
            return
        self._ask_first(change)

    def action_drop(self) -> None:
        """Leave the row out."""
        from core.data.triage.operations import Drop

        self._ask_first(Drop(rows=self._chosen(), check=self._rows.check))

    def action_keep(self) -> None:
        """Keep the row in spite of the finding, and say why."""
        if not self._may_change():
            return
        question = safe_text(f"Why is it right to keep it despite {self._rows.check}?")
        self.app.push_screen(AskTextScreen(question, hint="the reason"), self._keep)

    def _keep(self, reason: str | None) -> None:
        from core.data.triage.operations import Keep

        if not reason:
            self.tuningfork.tell(Text("Kept nothing: a reason is needed.", style="warn"))
            return
        self._ask_first(Keep(rows=self._chosen(), check=self._rows.check, reason=reason))

    def action_undo(self) -> None:
        """Take the last change back."""
        self._say(self._desk.undo, "Taken back: ", "There is nothing to take back.")

    def action_redo(self) -> None:
        """Do again what was taken back."""
        self._say(self._desk.redo, "Done again: ", "There is nothing to do again.")

    def mending(self) -> Mending | None:
        """Return the desk of the row's file."""
        return self._desk if self._rows.sha256 else None

    def _say(self, act: Callable[[], str | None], done: str, nothing: str) -> None:
        try:
            words = act()
        except TuningforkError as error:
            self.show_error(error)
            return
        self.tuningfork.tell(safe_text(f"{done}{words}." if words else nothing))
        self._show()

    def _chosen(self) -> tuple[int, ...]:
        """Return the rows that the next change goes to."""
        return tuple(self._rows.numbers) if self._all else (self.number,)

    def _ask_first(self, change: "Change") -> None:
        """Do a change to one row at once; to more only after a yes that names the count."""
        from core.data.triage.operations import rows_of, words_of

        if not self._may_change():
            return
        if len(rows_of(change)) == 1:
            self._do(change)
            return
        words = words_of(change)
        question = safe_text(f"{words[:1].upper()}{words[1:]}? u takes it back in one step.")
        self.tuningfork.ask(question, lambda: self._do(change))

    def _do(self, change: "Change") -> None:
        self._all = False
        self._say(lambda: self._desk.do(change), "Saved: ", "")

    def exactly(self) -> list[Line]:
        """Return the command that writes the rows as they read now."""
        source = str(self._rows.source)
        return [
            safe_text(f"tuningfork clean {source} -o CLEAN.jsonl", ink="key"),
            Text(""),
            *raw(self._rows.index.line(self.number)),
        ]

    def value(self) -> str:
        """Return the line of the row."""
        line = self._desk.line(self.number)
        return (line or b"").decode("utf-8", "replace")


def _done_words(done: Sequence[str]) -> Text:
    """Return what was done to the row."""
    return safe_text("; ".join(done), ink="good") if done else Text()
