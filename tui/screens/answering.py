"""A screen on rows of a finding: its keys answer the finding for one row or for all of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.message import Message

from core.errors import TuningforkError
from tui.mending import Mending
from tui.row_set import RowSet
from tui.screens.ask_text import AskTextScreen
from tui.screens.mended import MendedScreen
from tui.widgets.safe_text import safe_text

if TYPE_CHECKING:
    from core.data.triage.operations import Change

_COVERED = frozenset({"secret", "personal"})
_AT_ONCE = 200
"""Rows that are looked through before anybody could notice; more are in a thread."""


@dataclass
class LookedThrough(Message):
    """What there is to change in some rows is known."""

    change: "Change | None"
    """None where there is nothing."""
    none: str
    """What to say then."""
    error: TuningforkError | None = None
    """Why it cannot be known."""


class AnsweringScreen(MendedScreen):
    """Has rows and one of them in sight; what is done is safe on disk when it is shown as done."""

    def __init__(self, rows: RowSet) -> None:
        super().__init__("inspect")
        self.rows = rows
        """Which rows are gone through."""
        self._all = False
        """Whether the next change goes to every row of the finding."""
        self._is_looking = False
        """Whether many rows are being looked through for a change."""
        self._mending: Mending | None = None

    @property
    def number(self) -> int:
        """The number of the row in sight."""
        raise NotImplementedError

    def show_row(self) -> None:
        """Show the row as it reads now."""
        raise NotImplementedError

    def look_again(self) -> None:
        """Forget what was done so far, which another screen may have changed."""
        self._mending = None

    @property
    def desk(self) -> Mending:
        """Return what mends the rows of the file."""
        if self._mending is None:
            rows = self.rows
            self._mending = Mending(
                self.tuningfork.workspace,
                rows.source,
                rows.sha256,
                rows.index,
                self.tuningfork.settings.clock,
            )
        return self._mending

    def scope(self) -> Text:
        """Return what the next change goes to, and how much was done."""
        touched = self.desk.touched
        rows = "1 row" if touched == 1 else f"{touched:,} rows"
        done = f"{rows} mended so far; u takes the last change back" if touched else ""
        if not self._all:
            return Text(done or "nothing changed yet", style="muted")
        scope = f"the next change goes to all {len(self.rows.numbers):,} rows  "
        return Text.assemble((scope, "warn"), (done, "muted"))

    def action_all(self) -> None:
        """Let the next change go to every row of the finding, or to this one again."""
        if not self.rows.check:
            self.tuningfork.hint(Text("These rows belong to no finding.", style="muted"))
            return
        self._all = not self._all
        self.say_status(self.scope())

    def _may_change(self) -> bool:
        """Return whether the whole file was read; say so where it was not."""
        if not self.rows.sha256:
            self.tuningfork.hint(Text("The file is still being read.", style="warn"))
        elif self._is_looking:
            self.tuningfork.hint(Text("The rows are still being looked through.", style="warn"))
        return bool(self.rows.sha256) and not self._is_looking

    def action_fix(self) -> None:
        """Mend what a rule can mend."""
        if not self.rows.check:
            self.tuningfork.hint(Text("These rows belong to no finding.", style="muted"))
        elif self._may_change():
            check, rows = self.rows.check, self._chosen()
            covers = "r covers it, " if check in _COVERED else ""
            none = f"No rule mends {check} here; {covers}x drops the row, o keeps it."
            self._look_through(lambda: self.desk.fix(check, rows), none)

    def action_redact(self) -> None:
        """Cover secrets and personal data, each value by a stand-in of its own."""
        if self._may_change():
            rows, none = self._chosen(), "Nothing is found here that could be covered."
            self._look_through(lambda: self.desk.redact(rows), none)

    def _look_through(self, make: "Callable[[], Change | None]", none: str) -> None:
        """Find what there is to change, of many rows in a thread; then ask, or say `none`."""
        if len(self._chosen()) <= _AT_ONCE:
            self._found(_tried(make, none))
            return
        self._is_looking = True
        self.say_status(Text(f"looking through {len(self._chosen()):,} rows", style="accent"))
        self.run_worker(
            lambda: self.post_message(_tried(make, none)),
            thread=True,
            exit_on_error=False,
            group="mend",
        )

    @on(LookedThrough)
    def _found(self, event: LookedThrough) -> None:
        self._is_looking = False
        self.say_status(self.scope())
        if event.error is not None:
            self.show_error(event.error)
        elif event.change is None:
            self.tuningfork.hint(safe_text(event.none, ink="warn"))
        else:
            self._ask_first(event.change)

    def action_drop(self) -> None:
        """Leave the row out."""
        from core.data.triage.operations import Drop

        if not self._may_change():
            return
        self._ask_first(Drop(rows=self._chosen(), check=self.rows.check))

    def action_keep(self) -> None:
        """Keep the row in spite of the finding, and say why."""
        if not self.rows.check:
            self.tuningfork.hint(Text("These rows belong to no finding.", style="muted"))
            return
        if not self._may_change():
            return
        question = safe_text(f"Why is it right to keep it despite {self.rows.check}?")
        self.app.push_screen(AskTextScreen(question, hint="the reason"), self._keep)

    def _keep(self, reason: str | None) -> None:
        from core.data.triage.operations import Keep

        if not reason:
            self.tuningfork.hint(Text("Kept nothing: a reason is needed.", style="warn"))
            return
        self._ask_first(Keep(rows=self._chosen(), check=self.rows.check, reason=reason))

    def action_undo(self) -> None:
        """Take the last change back."""
        if not self._may_change():
            return
        self._say(self.desk.undo, "Taken back: ", "There is nothing to take back.")

    def action_redo(self) -> None:
        """Do again what was taken back."""
        if not self._may_change():
            return
        self._say(self.desk.redo, "Done again: ", "There is nothing to do again.")

    def mending(self) -> Mending | None:
        """Return the desk of the row's file."""
        return self.desk if self.rows.sha256 else None

    def _say(self, act: Callable[[], str | None], done: str, nothing: str) -> None:
        try:
            words = act()
        except TuningforkError as error:
            self.show_error(error)
            return
        if words:
            self.tuningfork.tell(safe_text(f"{done}{words}."))
        else:
            self.tuningfork.hint(safe_text(nothing, ink="muted"))
        self.show_row()

    def _chosen(self) -> tuple[int, ...]:
        """Return the rows that the next change goes to."""
        return tuple(self.rows.numbers) if self._all else (self.number,)

    def _ask_first(self, change: "Change") -> None:
        """Do a change to one row at once; to more only after a yes that names the count."""
        from core.data.triage.operations import rows_of, words_of

        if len(rows_of(change)) == 1:
            self._do(change)
            return
        words = words_of(change)
        question = safe_text(f"{words[:1].upper()}{words[1:]}? u takes it back in one step.")
        self.tuningfork.ask(question, lambda: self._do(change))

    def _do(self, change: "Change") -> None:
        self._all = False
        self._say(lambda: self.desk.do(change), "Saved: ", "")


def _tried(make: "Callable[[], Change | None]", none: str) -> LookedThrough:
    """Return what `make` finds, or why it cannot."""
    try:
        return LookedThrough(make(), none)
    except TuningforkError as error:
        return LookedThrough(None, none, error)
