"""The part of a screen that shows fields and lets one be typed anew, judged at every key."""

from collections.abc import Callable, Iterable
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.widget import Widget
from textual.widgets import Input

from tui.keymap import Key
from tui.screens.stage import StageScreen
from tui.widgets.record_table import Column, RecordTable


class FieldInput(Input):
    """A field of text that gives the keys back on `esc`."""

    BINDINGS: ClassVar = [("escape", "screen.drop_edit", "back")]


class FieldScreen(StageScreen):
    """Has a table `#fields`; `e` or enter types another value for the one under the cursor."""

    DEFAULT_CSS = """
    FieldScreen #edit, FieldScreen #edit:focus { border: none; height: 1; padding: 0 1;
                                                 background: $boost; display: none; }
    FieldScreen.-editing #edit { display: block; }
    """

    def fields(self, *columns: Column, empty: Iterable[Text] = ()) -> Iterable[Widget]:
        """Yield the table and the field that is typed into."""
        yield RecordTable(*columns, empty=tuple(empty), id="fields")
        field = FieldInput(compact=True, id="edit")
        field.cursor_blink = False
        yield field

    def show_about(self) -> None:
        """Say what the field under the cursor means."""
        raise NotImplementedError

    def typed_value(self) -> str | None:
        """Return the value of the field under the cursor as it is typed; None for no field."""
        raise NotImplementedError

    def judged(self, text: str) -> Callable[[], None] | None:
        """Say whether this can be typed there; return what takes it, or None where it cannot be."""
        raise NotImplementedError

    @property
    def is_editing(self) -> bool:
        """Return whether somebody types."""
        return self.has_class("-editing")

    @property
    def table(self) -> RecordTable:
        """Return the table of fields."""
        return self.query_one("#fields", RecordTable)

    @on(RecordTable.Moved)
    def _moved(self) -> None:
        if not self.is_editing:
            self.show_about()

    @on(RecordTable.Opened)
    def _opened(self, event: RecordTable.Opened) -> None:
        if event.table is self.table:
            self.action_edit()

    def action_edit(self) -> None:
        """Type another value for the field under the cursor."""
        value = self.typed_value()
        if value is None:
            return
        field = self.query_one("#edit", FieldInput)
        field.value = value
        self.add_class("-editing")
        field.focus()
        self.judged(value)
        self.show_keys()

    def action_drop_edit(self) -> None:
        """Leave the field as it was."""
        self.remove_class("-editing")
        self.table.focus()
        self.show_about()
        self.show_keys()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        if self.is_editing:
            self.judged(event.value)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        take = self.judged(event.value)
        if take is not None:
            self.action_drop_edit()
            take()

    def keys_while_editing(self, keys: Iterable[Key]) -> list[Key]:
        """Return of some keys those that work while one types: the way back."""
        return [key for key in keys if key.id == "back"]
