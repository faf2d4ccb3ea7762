"""A field screen over one draft: every value is tried on it, and the changed draft is taken."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic, Protocol, Self, TypeVar

from rich.text import Text

from core.errors import TuningforkError
from tui.screens.field_screen import FieldScreen
from tui.widgets.page import Lines
from tui.widgets.safe_text import safe_text


class DraftField(Protocol):
    """One line of a draft."""

    @property
    def name(self) -> str:
        """Return what it is called."""
        ...

    @property
    def value(self) -> str:
        """Return its value as it is typed."""
        ...

    @property
    def meaning(self) -> str:
        """Return what it is for."""
        ...


class Draft(Protocol):
    """What is planned; a change makes another one."""

    def changed(self, name: str, text: str, /) -> Self:
        """Return the draft with one field typed anew, or raise what is wrong with it."""
        ...


D = TypeVar("D", bound=Draft)


class DraftScreen(FieldScreen, Generic[D]):
    """Has `Lines` called `#about`, which say what a field means or what is wrong with it."""

    draft: D | None = None
    """None until it is read."""
    draft_fields: Sequence[DraftField] = ()
    """Its fields, in the order of the table."""

    def take(self, draft: D) -> None:
        """Go on with this draft."""
        raise NotImplementedError

    @property
    def field(self) -> DraftField | None:
        """Return the field under the cursor."""
        key = self.table.key
        return next((one for one in self.draft_fields if one.name == key), None)

    def show_about(self) -> None:
        """Say what the field under the cursor means."""
        if self.field is not None:
            self.query_one("#about", Lines).show([safe_text(self.field.meaning, ink="muted")])

    def typed_value(self) -> str | None:
        """Return the value of the field under the cursor as it is typed; None for no field."""
        return self.field.value if self.field else None

    def judged(self, text: str) -> Callable[[], None] | None:
        """Say what is wrong with a value, or that it is fine; return what takes it."""
        field, draft = self.field, self.draft
        if field is None or draft is None:
            return None
        about = self.query_one("#about", Lines)
        try:
            changed = draft.changed(field.name, text)
        except TuningforkError as error:
            what = Text.assemble(("▲ ", "bad"), safe_text(error.what, limit=160))
            about.show([what, safe_text(error.remedy, limit=220)])
            return None
        fine = Text.assemble(("✓ ", "good"), "enter takes it, esc leaves it as it was")
        about.show([fine, safe_text(field.meaning, ink="muted")])
        return partial(self.take, changed)
