"""A study before it is locked: what to decide, and what it can find, may miss and will take."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.widget import Widget

from core.errors import TuningforkError
from tui.feed import Arrived, Feed, LookFailed
from tui.keymap import Key, Where, bindings, footer
from tui.screens.field_screen import FieldScreen
from tui.verdict_look import Scored
from tui.widgets.page import Line, Lines
from tui.widgets.record_table import Column, records_of
from tui.widgets.safe_text import safe_lines, safe_text

if TYPE_CHECKING:
    from core.scoring.answered_items import AnsweredItem
    from core.scoring.study.draft import PlanField, StudyDraft

_ONCE_S = 86_400.0
"""The answers are read once: a plan stands on what was answered when it was made."""
_NAME = "study"


class LockScreen(FieldScreen):
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
        self._draft: StudyDraft | None = None
        self._fields: tuple[PlanField, ...] = ()

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

        if self._draft is not None:
            return
        self._answered = event.value
        try:
            self._take(draft_study(self._answered, name=_NAME))
        except TuningforkError as error:
            self.show_error(error)

    def _take(self, draft: "StudyDraft") -> None:
        """Go on with this draft."""
        self.hide_error()
        self._draft = draft
        self._fields = tuple(draft.fields())
        rows = [(one.name, _cells(one)) for one in self._fields]
        self.table.show(records_of(rows))
        self.show_about()
        expected = [safe_text(line) for line in draft.expected()]
        self.query_one("#expected", Lines).show([Text("What to expect", style="strong"), *expected])
        self.say_status(Text("Nothing is locked yet.", style="muted"))
        self.show_keys()

    @property
    def _field(self) -> "PlanField | None":
        key = self.table.key
        return next((one for one in self._fields if one.name == key), None)

    def show_about(self) -> None:
        """Say what the field under the cursor means."""
        field = self._field
        if field is not None:
            self.query_one("#about", Lines).show([safe_text(field.meaning, ink="muted")])

    def typed_value(self) -> str | None:
        """Return the value of the field under the cursor as it is typed; None for no field."""
        return self._field.value if self._field else None

    def judged(self, text: str) -> Callable[[], None] | None:
        """Say what is wrong with a value, or that it is fine; return what takes it."""
        field, draft = self._field, self._draft
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
        return partial(self._take, changed)

    def action_lock(self) -> None:
        """Ask, then lock."""
        if self._draft is None or self.is_editing:
            return
        plan = self._draft.plan
        consequence = Text.assemble(
            "Locks ",
            safe_text(plan.name, limit=60, ink="strong"),
            f": {plan.items:,} items are drawn and the answers dealt without names. Nobody can "
            "change the plan afterwards; another study can always be locked.",
        )
        self.tuningfork.ask(consequence, self._lock)

    def _lock(self) -> None:
        assert self._draft is not None
        work = partial(self._written, self._draft)
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

        if self._draft is None:
            return ""
        values = self._draft.plan.model_dump(mode="json", exclude={"tuned", "contenders"})
        return "\n".join(
            f"{name} = {json.dumps(value, ensure_ascii=False)}"
            for name, value in values.items()
            if value is not None
        )

    def value(self) -> str:
        """Return the value of the field under the cursor."""
        field = self._field
        return field.value if field else ""


def _cells(field: "PlanField") -> tuple[Text, Text]:
    """Return a field of a plan as the cells of a list."""
    value = safe_text(field.value, limit=120)
    empty = Text("anybody may rate", style="muted")
    return Text(field.name.replace("_", " ")), value if field.value else empty
