"""Which recipe's tokens to look at: a run's, a file's, or a split with the included model."""

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.widget import Widget

from tui.feed import Arrived, Feed
from tui.keymap import Where
from tui.mask_choice import MaskChoice, read_choices
from tui.screens.microscope import MicroscopeScreen
from tui.screens.stage import StageScreen
from tui.widgets.page import Line, Lines
from tui.widgets.record_table import Column, RecordTable, records_of
from tui.widgets.safe_text import safe_text

_LOOK_EVERY_S = 2.0
_EMPTY = (
    Text("  No rows to look at yet.", style="muted"),
    Text("  tuningfork split FILE.jsonl makes a split.", style="muted"),
)


class TokenSourcesScreen(StageScreen):
    """Lists the recipes; enter opens the tokens of one."""

    PLACES: ClassVar[tuple[Where, ...]] = ("list",)
    DEFAULT_CSS = """
    TokenSourcesScreen #title { height: 2; } TokenSourcesScreen #sources { height: 1fr; }
    """

    def __init__(self, mode: str, *, split: str = "") -> None:
        super().__init__(mode)
        self._split = split
        self._choices: tuple[MaskChoice, ...] = ()

    def body(self) -> Iterable[Widget]:
        """Yield the list."""
        yield Lines(id="title")
        yield RecordTable(
            Column(title="recipe"),
            Column(title="rows of", width=20),
            Column(title="base model", width=20, at_least=70),
            empty=_EMPTY,
            id="sources",
        )

    def on_mount(self) -> None:
        """Look for recipes while in sight."""
        title = "Whose tokens? Rows, tokenizer and limit come from a recipe."
        self.query_one("#title", Lines).show([Text(title, style="title")])
        workspace, split = self.tuningfork.workspace, self._split
        self.feed(Feed(self, lambda: read_choices(workspace, split), every=_LOOK_EVERY_S))

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self.hide_error()
        self._choices = event.value
        rows = [
            (
                one.key,
                (
                    safe_text(one.origin, limit=100),
                    safe_text(one.split, limit=40),
                    safe_text(one.recipe.model.base, limit=60),
                ),
            )
            for one in self._choices
        ]
        self.query_one(RecordTable).show(records_of(rows))
        self.say_status(Text(f"{len(rows)} recipes with rows.", style="muted"))

    @on(RecordTable.Opened)
    def _opened(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self.app.push_screen(MicroscopeScreen(chosen, mode=self.mode))

    def _chosen(self) -> MaskChoice | None:
        key = self.query_one(RecordTable).key
        return next((one for one in self._choices if one.key == key), None)

    def exactly(self) -> list[Line]:
        """Return the command that prints what enter would open."""
        chosen = self._chosen()
        command = chosen.command if chosen else "tuningfork masks RECIPE"
        return [safe_text(command, ink="key")]

    def value(self) -> str:
        """Return the recipe under the cursor."""
        chosen = self._chosen()
        return chosen.origin if chosen else ""
