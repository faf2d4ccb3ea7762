"""A run at a service before it starts: its fields, who takes it, what leaves and what it costs."""

import secrets
import shlex
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events, on
from textual.widget import Widget

from core.errors import TuningforkError
from tui.hosted_counting import CountFailed, HostedCounting, TokensCounted
from tui.hosted_lines import asks_of_use, can_ask, can_count, command_of, consequence, plan_lines
from tui.hosted_outlook import AccountSeen, AccountUnseen, HostedOutlook, PlanFailed, Planned
from tui.keymap import Key, Where, bindings, footer, keys_of
from tui.progressed import Progressed
from tui.screens.ask_text import AskTextScreen
from tui.screens.field_screen import FieldScreen
from tui.widgets.page import Line, Lines, Page
from tui.widgets.record_table import Column, records_of
from tui.widgets.safe_text import safe_lines, safe_text
from tui.wording import progress

if TYPE_CHECKING:
    from core.hosted.consignment import Finding
    from core.hosted.draft import DraftLine, HostedDraft
    from core.hosted.keys import Key as ServiceKey
    from core.hosted.plan import HostedPlan


_PRICE = "price"


class HostedScreen(FieldScreen):
    """Shows a wish and what it comes to; nothing leaves before a yes."""

    PLACES: ClassVar[tuple[Where, ...]] = ("hosted", "list")
    BINDINGS: ClassVar = bindings("hosted")
    DEFAULT_CSS = """
    HostedScreen #title { height: 1; }
    HostedScreen #fields { height: 6; }
    HostedScreen #about { height: 1; }
    HostedScreen #plan { height: 1fr; margin-top: 1; }
    """

    def __init__(self, draft: "HostedDraft", mode: str) -> None:
        super().__init__(mode)
        self._draft = draft
        self._plan: HostedPlan | None = None
        self._uncounted: CountFailed | None = None
        """Why the tokens could not be counted the last time."""
        self._lines: tuple[DraftLine, ...] = ()

    def body(self) -> Iterable[Widget]:
        """Yield the fields, the one being edited, and what it comes to."""
        yield Lines(id="title")
        yield from self.fields(Column(title="field", width=14), Column(title="value"))
        yield Lines(id="about", wrap=True)
        yield Page(id="plan")

    def on_mount(self) -> None:
        """Work out what the wish comes to."""
        from core.hosted.kinds import kind_of

        wish = self._draft.wish
        title = Text.assemble(
            ("New run on the rows of ", "title"),
            safe_text(wish.split, limit=40, ink="title"),
            (" at ", "title"),
            Text(kind_of(wish.provider).label, style="title"),
        )
        self.query_one("#title", Lines).show([title])
        self.table.focus()
        app = self.tuningfork
        self._outlook = HostedOutlook(self, app.workspace, app.settings.environment)
        self._counting = HostedCounting(self, app.workspace, app.settings.environment)
        self._take(self._draft)

    @property
    def _today(self) -> date:
        return self.tuningfork.settings.clock().date()

    def _take(self, draft: "HostedDraft") -> None:
        """Go on with this draft."""
        self._draft = draft
        self._lines = tuple(draft.lines())
        rows = [(line.name, _cells(line)) for line in self._lines]
        price = Text("e shows what is known, and takes yours", style="muted")
        self.table.show(records_of([*rows, (_PRICE, (Text(_PRICE), price))]))
        self._plan = None
        self.query_one("#plan", Page).show([Text("Comparing every row.", style="muted")])
        self.show_about()
        self._outlook.ask(draft.wish, self._today)

    @on(Planned)
    def _planned(self, event: Planned) -> None:
        if not self._outlook.answers(event):
            return
        self.hide_error()
        self._plan = event.plan
        self._show_plan(event.plan)
        self._say_standing()
        self._count_once(event.plan)
        self.show_keys()

    def _show_plan(self, plan: "HostedPlan") -> None:
        """Show all that is known before a yes."""
        failed = self._uncounted
        why = failed.error if failed is not None and failed.counter == plan.counter else None
        self.query_one("#plan", Page).show(list(plan_lines(plan, self._today, uncounted=why)))

    def _say_standing(self) -> None:
        """Say whether it could be started now."""
        count = len(self._plan.blockers) if self._plan else 0
        words = Text("T asks once more, then sends.", style="muted")
        if count:
            words = Text(f"{count} against it; nothing would be sent.", style="bad")
        self.say_status(words)

    @on(PlanFailed)
    def _no_plan(self, event: PlanFailed) -> None:
        if self._outlook.answers(event):
            self._plan = None
            self.show_error(event.error)
            self.show_keys()
            self.query_one("#plan", Page).show([Text("Nothing would be sent.", style="muted")])

    # Counting.

    def _count_once(self, plan: "HostedPlan") -> None:
        """Count the tokens of a plan, unless that was tried or cannot be."""
        tried = self._uncounted is not None and self._uncounted.counter == plan.counter
        can = plan.counter is not None and plan.counter.installed
        if can and plan.counts is None and not tried:
            self._counting.begin(plan)

    def on_unmount(self, _: events.Unmount) -> None:
        """End a counting that nobody waits for any more."""
        self._counting.cancel()

    @on(Progressed)
    def _count_goes_on(self, event: Progressed) -> None:
        if self._counting.is_busy:
            words = f"{event.words} {progress(event.done, event.total)}".strip()
            self.say_status(
                Text.assemble(safe_text(words, ink="accent"), ", ", ("c", "key"), " stops")
            )

    @on(TokensCounted)
    def _counted(self, event: TokensCounted) -> None:
        self._uncounted = None
        if self._plan is event.plan:
            self._again(event.plan)

    @on(CountFailed)
    def _not_counted(self, event: CountFailed) -> None:
        self._uncounted = event
        if self._plan is not None:
            self._show_plan(self._plan)
        self._say_standing()

    def action_count(self) -> None:
        """Count the tokens, stop counting, or ask whether what counts them may be fetched."""
        plan = self._plan
        if plan is None or plan.counter is None or not plan.counter.installed:
            self.tuningfork.hint(Text("Nothing here counts as this service does.", style="muted"))
        elif plan.counts is not None:
            self.tuningfork.hint(Text("Every row is counted already.", style="muted"))
        elif self._counting.is_busy:
            self._counting.cancel()
            self._say_standing()
        elif self._uncounted is None:
            self._counting.begin(plan)
        else:
            question = Text.assemble(
                "Downloads what counts the tokens, once: ",
                safe_text(plan.counter.words, limit=120, ink="strong"),
                ". No row is sent for that.",
            )
            self.tuningfork.ask(question, lambda: self._counting.begin(plan, fetch=True))

    @property
    def _line(self) -> "DraftLine | None":
        key = self.table.key
        return next((line for line in self._lines if line.name == key), None)

    def show_about(self) -> None:
        """Say what the field under the cursor means."""
        line = self._line
        meaning = line.meaning if line else "What a million training tokens cost, and who says so."
        self.query_one("#about", Lines).show([safe_text(meaning, ink="muted")])

    # Editing.

    def action_edit(self) -> None:
        """Type another value for the field under the cursor; prices have a screen of their own."""
        if self.table.key == _PRICE:
            wish = self._draft.wish
            self.tuningfork.show_prices(wish.provider, wish.model)
        else:
            super().action_edit()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Work it out again: a price may have been entered meanwhile."""
        super().on_screen_resume(event)
        if self._plan is not None:
            self._again(self._plan)

    def _again(self, plan: "HostedPlan") -> None:
        """Work it out again, of the same rows and the same account."""
        self._outlook.ask(self._draft.wish, self._today, plan.leaving, plan.account)

    def action_account(self) -> None:
        """Ask the service, for nothing, what the key shows."""
        from core.hosted.account_look import can_look

        plan = self._plan
        if plan is None or not can_look(plan):
            self.tuningfork.hint(Text("There is nothing to ask the service.", style="muted"))
            return
        self.say_status(Text("Asking the service; no row is sent.", style="accent"))
        self._outlook.look(plan)

    @on(AccountSeen)
    def _account_seen(self, event: AccountSeen) -> None:
        if self._plan is not None and self._plan.wish == event.plan.wish:
            wish, leaving = self._draft.wish, self._plan.leaving
            self._outlook.ask(wish, self._today, leaving, event.account)

    @on(AccountUnseen)
    def _account_unseen(self, event: AccountUnseen) -> None:
        self.show_error(event.error)
        self._say_standing()

    def action_used(self) -> None:
        """Go to the next answer to whether a tuned model was used there lately."""
        from core.hosted.draft import HostedDraft

        answers = [None, True, False]
        wish = self._draft.wish
        used = answers[(answers.index(wish.recent_use) + 1) % len(answers)]
        self._draft = HostedDraft(wish=replace(wish, recent_use=used))
        if self._plan is not None:
            self._again(self._plan)

    def typed_value(self) -> str | None:
        """Return the value of the field under the cursor as it is typed; None for no field."""
        return self._line.value if self._line else None

    def judged(self, text: str) -> Callable[[], None] | None:
        """Say what is wrong with a value, or that it is fine; return what takes it."""
        line, about = self._line, self.query_one("#about", Lines)
        if line is None:
            return None
        try:
            draft = self._draft.changed(line.name, text)
        except TuningforkError as error:
            wrong = f"{error.what} {error.remedy}"
            about.show([Text.assemble(("▲ ", "bad"), safe_text(wrong, limit=200))])
            return None
        about.show([Text.assemble(("✓ ", "good"), safe_text(line.meaning, limit=160))])
        return partial(self._take, draft)

    # Starting.

    def ask_launch(self) -> None:
        """Ask for a key where none was found, then once whether the rows may leave."""
        plan = self._plan
        if self.is_editing:
            return
        if plan is None or plan.blockers:
            why = plan.blockers[0] if plan else "what it would be is not known yet."
            said = safe_text(f"Not started: {why}", limit=240)
            self.tuningfork.tell(Text.assemble(("▲ ", "bad"), said))
        elif plan.keyless is not None:
            words = f"Key for {plan.kind.label}, for this run only; it is written nowhere."
            self.app.push_screen(AskTextScreen(Text(words), secret=True), self._typed_key)
        else:
            self._ask(None)

    def _typed_key(self, typed: str | None) -> None:
        """Take a key that was typed; none is written down."""
        from core.hosted.keys import find_key

        plan = self._plan
        if not typed or plan is None:
            return
        variable = plan.spec.key or ""
        try:
            self._ask(find_key(variable, service=plan.kind.label, environment={}, typed=typed))
        except TuningforkError as error:
            self.show_error(error)

    def _ask(self, typed: "ServiceKey | None") -> None:
        """Ask whether the rows may leave."""
        plan = self._plan
        if plan is not None:
            question = consequence(plan, self._today)
            self.tuningfork.ask(question, lambda: self._start(plan, typed))

    def _start(self, plan: "HostedPlan", typed: "ServiceKey | None") -> None:
        """Start the job and open it."""
        from core.hosted.plan import start_hosted

        app = self.tuningfork
        try:
            folder = start_hosted(
                app.workspace,
                plan,
                now=datetime.now(UTC),
                token=secrets.token_hex(2),
                environment=app.settings.environment,
                typed=typed,
            )
        except TuningforkError as error:
            self.show_error(error)
            return
        app.show_run(folder.id)

    # Where else.

    def action_elsewhere(self) -> None:
        """Show who else could train the same rows."""
        self.tuningfork.show_services(self._draft.wish.split)

    def action_open_rows(self) -> None:
        """Open the rows of the first finding that names one."""
        one = self._named
        if one is None or one.part is None or one.row is None:
            self.tuningfork.hint(Text("No finding names a row.", style="muted"))
            return
        self.tuningfork.show_part_row(self._draft.wish.split, one.part, one.row, one.message)

    @property
    def _named(self) -> "Finding | None":
        """The first finding that names a row."""
        found = self._plan.findings if self._plan else ()
        return next((one for one in found if one.row is not None and one.part), None)

    # What every screen answers.

    def keys_now(self) -> list[Key]:
        """Return the keys for the footer; while one types there is the way back."""
        rest = footer("hosted", "everywhere")
        if self.is_editing:
            return self.keys_while_editing(rest)
        plan = self._plan
        hidden = {"copy", "commands"}
        hidden |= {"hosted-row"} if self._named is None else set()
        hidden |= set() if plan and asks_of_use(plan) else {"hosted-used"}
        hidden |= set() if plan and can_count(plan) else {"hosted-count"}
        hidden |= set() if plan and can_ask(plan) else {"hosted-account"}
        sends = plan is not None and not plan.blockers
        train = [key for key in keys_of("everywhere") if key.id == "train-run" and sends]
        return [*train, *(key for key in rest if key.id not in hidden)]

    def exactly(self) -> list[Line]:
        """Return the command that does the same, and what the job would be told."""
        lines: list[Line] = [safe_text(shlex.join(command_of(self._draft.wish)), ink="key")]
        if self._plan is not None:
            told = self._plan.spec.model_dump_json(indent=1)
            lines += [Text(""), Text("The job would be told:", style="muted"), *safe_lines(told)]
        return lines

    def value(self) -> str:
        """Return the value of the field under the cursor."""
        line = self._line
        return line.value if line else ""


def _cells(line: "DraftLine") -> tuple[Text, ...]:
    """Return one field as cells."""
    value = safe_text(line.value, limit=120) if line.value else Text("left open", style="muted")
    return Text(line.name), value
