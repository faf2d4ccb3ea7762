"""Every row of a dataset in one list, a million of them as fast as ten."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.widget import Widget

from tui.keymap import Where, bindings
from tui.row_set import RowSet
from tui.screens.go_to import GoToScreen
from tui.screens.row import RowScreen
from tui.screens.stage import StageScreen
from tui.widgets.page import Line
from tui.widgets.record_table import Column, Records, RecordTable
from tui.widgets.safe_text import safe_text

_PREVIEW = 300


class RowsScreen(StageScreen):
    """Shows the lines of the file; `enter` opens one."""

    PLACES: ClassVar[tuple[Where, ...]] = ("rows", "list")
    BINDINGS: ClassVar = bindings("rows")

    def __init__(self, rows: RowSet) -> None:
        super().__init__("inspect")
        self._rows = rows

    def body(self) -> Iterable[Widget]:
        """Yield the list."""
        yield RecordTable(
            Column(title="row", width=9, right=True),
            Column(title="turns", width=24, at_least=100),
            Column(title="last answer"),
            empty=(Text("  The file is empty.", style="muted"),),
            id="rows",
        )

    def on_mount(self) -> None:
        """Fill the list; rows are read when they are in sight."""
        numbers = self._rows.numbers
        table = self.query_one(RecordTable)
        table.show(
            Records(
                count=len(numbers),
                key=lambda place: str(numbers[place]),
                cells=lambda place: self._cells(numbers[place]),
            )
        )
        table.focus()
        self.say_status(Text(f"{len(numbers):,} rows; enter opens one", style="muted"))

    def _cells(self, number: int) -> Sequence[Text]:
        from core.data.sources import to_row

        row = to_row(self._rows.index.line(number), number=number)
        if row.example is None:
            fault = row.faults[0].message if row.faults else "holds nothing"
            return Text(f"{number:,}"), Text("-"), safe_text(fault, limit=_PREVIEW, ink="warn")
        roles = " ".join(message.role[:4] for message in row.example.messages)
        return (
            Text(f"{number:,}"),
            safe_text(roles, limit=60, ink="muted"),
            safe_text(row.example.reference, limit=_PREVIEW),
        )

    @on(RecordTable.Opened)
    def _opened(self, event: RecordTable.Opened) -> None:
        self._open(int(event.key))

    def action_go_to(self) -> None:
        """Ask for a number and open that row."""
        self.app.push_screen(GoToScreen(), lambda number: self._open(number) if number else None)

    def _open(self, number: int) -> None:
        if number not in self._rows.numbers:
            self.tuningfork.tell(Text(f"There is no row {number:,}.", style="warn"))
            return
        place = self._rows.numbers.index(number)
        self.app.push_screen(RowScreen(self._rows, place=place))

    def exactly(self) -> list[Line]:
        """Return the command that says what is wrong with the rows."""
        return [safe_text(f"tuningfork inspect {self._rows.source}", ink="key")]

    def value(self) -> str:
        """Return the line under the cursor."""
        key = self.query_one(RecordTable).key
        line = self._rows.index.line(int(key)) if key else b""
        return line.decode("utf-8", "replace")
