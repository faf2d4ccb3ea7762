"""What a run can be set up from: the rows of a split, or a recipe that is already there."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.widget import Widget

from tui.feed import Arrived, Feed
from tui.keymap import Where, bindings
from tui.screens.launch import LaunchScreen
from tui.screens.stage import StageScreen
from tui.widgets.page import Line, Lines
from tui.widgets.record_table import Column, RecordTable, records_of
from tui.widgets.safe_text import safe_text

if TYPE_CHECKING:
    from core.training.draft import Beginning

_LOOK_EVERY_S = 2.0
_EMPTY = (
    Text("Nothing to train on yet.", style="strong"),
    Text.assemble(("tuningfork split FILE", "key"), " makes a split and locks its holdout."),
)


class LaunchFromScreen(StageScreen):
    """Lists splits and recipes; enter sets a run up from one."""

    PLACES: ClassVar[tuple[Where, ...]] = ("from", "list")
    BINDINGS: ClassVar = bindings("from")
    DEFAULT_CSS = "LaunchFromScreen #title { height: 3; } LaunchFromScreen #from { height: 1fr; }"

    def __init__(self, mode: str) -> None:
        super().__init__(mode)
        self._found: tuple[Beginning, ...] = ()

    def body(self) -> Iterable[Widget]:
        """Yield the list."""
        yield Lines(id="title")
        yield RecordTable(
            Column(title="start from", width=20), Column(title=""), empty=_EMPTY, id="from"
        )

    def on_mount(self) -> None:
        """Look at what there is."""
        title = Text("New run", style="title")
        how = Text("Rows with everything else chosen, or a recipe to change.", style="muted")
        self.query_one("#title", Lines).show([title, how])
        self.query_one("#from", RecordTable).focus()
        self.feed(Feed(self, self._read, every=_LOOK_EVERY_S))

    def _read(self) -> "tuple[Beginning, ...]":
        from core.training.draft import list_beginnings

        return list_beginnings(self.tuningfork.workspace)

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self.hide_error()
        self._found = event.value
        words = {"split": "the rows of", "file": "the recipe"}
        rows = [
            (str(one.path), (Text(words[one.kind], style="muted"), safe_text(one.name, limit=200)))
            for one in self._found
        ]
        self.query_one("#from", RecordTable).show(records_of(rows))
        self.say_status(Text(f"{len(rows)} to start from.", style="muted"))

    @on(RecordTable.Opened)
    def _opened(self, event: RecordTable.Opened) -> None:
        chosen = next((one for one in self._found if str(one.path) == event.key), None)
        if chosen is not None:
            self.app.push_screen(LaunchScreen(chosen, self.mode))

    def action_services(self) -> None:
        """Show who else could train the rows under the cursor."""
        key = self.query_one("#from", RecordTable).key
        chosen = next((one for one in self._found if str(one.path) == key), None)
        if chosen is not None and chosen.kind == "split":
            self.tuningfork.show_services(chosen.name)
        else:
            self.tuningfork.hint(Text("Put the cursor on the rows of a split.", style="muted"))

    def exactly(self) -> list[Line]:
        """Return the command that begins from what is under the cursor."""
        return [Text.assemble(("tuningfork train ", "key"), safe_text(self.value() or "RECIPE"))]

    def value(self) -> str:
        """Return the path under the cursor."""
        key = self.query_one("#from", RecordTable).key
        return str(Path(key)) if key else ""
