"""A study before it is locked: what to decide, and what it can find, may miss and will take."""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.widget import Widget

from core.errors import TuningforkError
from tui.feed import Arrived, Feed, LookFailed
from tui.keymap import Key, Where, bindings, footer
from tui.screens.draft_screen import DraftField, DraftScreen
from tui.verdict_look import Scored
from tui.widgets.page import Line, Lines
from tui.widgets.record_table import Column, records_of
from tui.widgets.safe_text import safe_lines, safe_text

if TYPE_CHECKING:
    from core.scoring.answered_items import AnsweredItem
    from core.scoring.study.draft import StudyDraft

_ONCE_S = 86_400.0
"""The answers are read once: a plan stands on what was answered when it was made."""
_NAME = "study"


class LockScreen(DraftScreen["StudyDraft"]):
    """Shows a plan; every change makes another one, and locking makes it a study."""

    PLACES: ClassVar[tuple[Where, ...]] = ("plan",)
    BINDINGS: ClassVar = bindings("plan")
    DEFAULT_CSS = """
    LockScreen #title { height: 2; }
    LockScreen #fields { height: 8; }
    LockScreen #about { height: 3; }
    LockScreen #expected { height: 1fr; margin-top: 1; }
    """

    def __init__(self, scored: Scored) -> None:
        super().__init__("score")
        self._scored = scored
        self._answered: tuple[AnsweredItem, ...] = ()

    def body(self) -> Iterable[Widget]:
        """Yield the fields, the one being edited, what it means, and what to expect."""
        yield Lines(id="title")
        yield from self.fields(
            Column(title="plan", width=16),
            Column(title="value"),
            empty=(Text("  Reading the answers.", style="muted"),),
        )
        yield Lines(id="about", wrap=True)
        yield Lines(id="expected", wrap=True)

    def on_mount(self) -> None:
        """Read the answers."""
        whose = safe_text(self._scored.run or self._scored.id, limit=60)
        title = Text.assemble(("Lock a blind study  ", "title"), "of the answers of ", whose)
        self.query_one("#title", Lines).show([title])
        self.table.focus()
        self.feed(Feed(self, self._read, every=_ONCE_S))

    def _read(self) -> "tuple[AnsweredItem, ...]":
        from core.scoring.answered_items import items_of_job

        root = str(self._scored.result.get("root", ""))
        return tuple(items_of_job(self.tuningfork.workspace, self._scored.score_job, root))

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        from core.scoring.study.draft import draft_study

        if self.draft is not None:
            return
        self._answered = event.value
        try:
            self.take(draft_study(self._answered, name=_NAME))
        except TuningforkError as error:
            self.show_error(error)

    def take(self, draft: "StudyDraft") -> None:
        """Go on with this draft."""
        self.hide_error()
        self.draft = draft
        self.draft_fields = tuple(draft.fields())
        rows = [(one.name, _cells(one)) for one in self.draft_fields]
        self.table.show(records_of(rows))
        self.show_about()
        expected = [safe_text(line) for line in draft.expected()]
        self.query_one("#expected", Lines).show([Text("What to expect", style="strong"), *expected])
        self.say_status(Text("Nothing is locked yet.", style="muted"))
        self.show_keys()

    def action_lock(self) -> None:
        """Ask, then lock."""
        if self.draft is None or self.is_editing:
            return
        plan = self.draft.plan
        consequence = Text.assemble(
            "Locks ",
            safe_text(plan.name, limit=60, ink="strong"),
            f": {plan.items:,} items are drawn and the answers dealt without names. Nobody can "
            "change the plan afterwards; another study can always be locked.",
        )
        self.tuningfork.ask(consequence, self._lock)

    def _lock(self) -> None:
        assert self.draft is not None
        work = partial(self._written, self.draft)
        self.run_worker(work, thread=True, exit_on_error=False, exclusive=True, group="lock")

    def _written(self, draft: "StudyDraft") -> None:
        """Write the study and go to its screen; runs in a thread."""
        from core.scoring.study.lock import lock_study
        from tui.screens.study import StudyScreen

        app = self.tuningfork
        try:
            folder = lock_study(
                app.workspace,
                draft.plan,
                self._answered,
                holdout=str(self._scored.result.get("root", "")),
                now=app.settings.clock(),
            )
        except TuningforkError as error:
            self.post_message(LookFailed(error))
            return
        app.call_later(app.switch_screen, StudyScreen(folder))

    def keys_now(self) -> list[Key]:
        """Return the keys for the footer; while one types there is the way back."""
        rest = footer("plan", "everywhere")
        if self.is_editing:
            return self.keys_while_editing(rest)
        return list(rest)

    def exactly(self) -> list[Line]:
        """Return the plan as a file, and the command that locks it."""
        command = "tuningfork study lock PLAN.toml"
        lines: list[Line] = [Text(command, style="key")]
        if self._scored.run:
            lines = [safe_text(f"{command} --answers {self._scored.run}", ink="key")]
        return [*lines, Text("with this plan:", style="muted"), Text(""), *safe_lines(self._toml())]

    def _toml(self) -> str:
        """Return the plan as a person writes it; who is compared follows from the answers."""
        import json

        if self.draft is None:
            return ""
        values = self.draft.plan.model_dump(mode="json", exclude={"tuned", "contenders"})
        return "\n".join(
            f"{name} = {json.dumps(value, ensure_ascii=False)}"
            for name, value in values.items()
            if value is not None
        )

    def value(self) -> str:
        """Return the value of the field under the cursor."""
        field = self.field
        return field.value if field else ""


def _cells(field: DraftField) -> tuple[Text, Text]:
    """Return a field of a plan as the cells of a list."""
    value = safe_text(field.value, limit=120)
    empty = Text("anybody may rate", style="muted")
    return Text(field.name.replace("_", " ")), value if field.value else empty
