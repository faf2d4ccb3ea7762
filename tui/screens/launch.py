"""A run before it starts: every field with its value and its reason, and what it will take."""

import secrets
import shlex
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events, on
from textual.widget import Widget

from core.errors import TuningforkError
from tui.feed import Arrived, Feed
from tui.keymap import Key, Where, bindings, footer, keys_of
from tui.launch_lines import (
    about_lines,
    account_page,
    allowed_line,
    beside_line,
    estimate_lines,
    field_cells,
    refusal_lines,
    refusals,
    rows_line,
)
from tui.launch_outlook import Outlook, WorkedOut, WorkOutFailed
from tui.progressed import Progressed
from tui.screens.field_screen import FieldScreen
from tui.token_reading import Read, ReadFailed, TokenReading
from tui.widgets.page import Line, Lines
from tui.widgets.record_table import Column, records_of
from tui.widgets.safe_text import safe_lines, safe_text
from tui.wording import progress, span

if TYPE_CHECKING:
    from core.training.account import Account
    from core.training.draft import Beginning, Draft, FieldLine
    from core.training.estimate import Estimate
    from core.training.recipe import Recipe

_ONCE_S = 86_400.0
"""The rows are read once: what they say is what the choices stand on."""


class LaunchScreen(FieldScreen):
    """Shows a draft; every change makes another one."""

    PLACES: ClassVar[tuple[Where, ...]] = ("launch", "list")
    BINDINGS: ClassVar = bindings("launch")
    DEFAULT_CSS = """
    LaunchScreen #title { height: 1; }
    LaunchScreen #fields { height: 1fr; }
    LaunchScreen #about { height: 3; margin-top: 1; }
    LaunchScreen #estimate { height: auto; min-height: 5; max-height: 9; margin-top: 1; }
    LaunchScreen #refusal { height: 4; display: none; }
    LaunchScreen.-refused #refusal { display: block; }
    """

    def __init__(self, beginning: "Beginning", mode: str) -> None:
        super().__init__(mode)
        self._beginning = beginning
        self._draft: Draft | None = None
        self._lines: tuple[FieldLine, ...] = ()
        self._beside = False
        """Whether the same run is also launched with smaller and larger steps."""
        self._found: Estimate | None = None
        self._account: Account | None = None
        self._reading = ""
        """How far the reading of the tokens is; why there are none."""
        self._tokens: TokenReading | None = None
        self._wished: object = None
        """What the tokens that are read, or being read, depend on."""

    def body(self) -> Iterable[Widget]:
        """Yield the fields, the one being edited, what it means, and what the run takes."""
        yield Lines(id="title")
        yield from self.fields(
            Column(title="field", width=21),
            Column(title="value", width=16),
            Column(title="why"),
            empty=(Text("Reading the rows.", style="muted"),),
        )
        yield Lines(id="about", wrap=True)
        yield Lines(id="estimate")
        yield Lines(id="refusal", wrap=True)

    def on_mount(self) -> None:
        """Read the rows."""
        words = {"split": "New run on the rows of ", "file": "New run from the recipe "}
        title = Text.assemble(
            (words[self._beginning.kind], "title"), safe_text(self._beginning.name, limit=80)
        )
        self.query_one("#title", Lines).show([title])
        self.table.focus()
        app = self.tuningfork
        self._outlook = Outlook(self, app.workspace)
        self._tokens = TokenReading(self, app.workspace, app.settings.environment)
        self.feed(Feed(self, self._read, every=_ONCE_S))

    def on_unmount(self, _: events.Unmount) -> None:
        """End what nobody waits for any more."""
        if self._tokens is not None:
            self._tokens.cancel()

    def _read(self) -> "Draft":
        from core.machine import read_machine
        from core.training.draft import draft_from_file, draft_from_split

        workspace = self.tuningfork.workspace
        machine = read_machine(workspace.root)
        if self._beginning.kind == "split":
            return draft_from_split(workspace, self._beginning.name, machine)
        return draft_from_file(workspace, self._beginning.path, machine)

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        if self._draft is None:
            self._take(event.value, look=False)

    def _take(self, draft: "Draft", *, look: bool) -> None:
        """Go on with this draft; `look` at rows, model and machine again where they may differ."""
        self.hide_error()
        self._show(draft)
        self._outlook.ask(draft, look=look)
        wished = (draft.said.model, draft.said.data)
        if wished != self._wished and self._tokens is not None:
            self._wished, self._account = wished, None
            self._reading = "looking for tokens counted before"
            self._tokens.begin(draft.said)

    def _show(self, draft: "Draft") -> None:
        """Put the fields of a draft on the screen."""
        self._draft = draft
        self._lines = tuple(draft.lines())
        rows = [(line.name, field_cells(line)) for line in self._lines]
        self.table.show(records_of(rows))
        if not self.is_editing:
            self.show_about()
        self._show_estimate()
        self.show_keys()

    # What it takes, worked out beside the screen.

    @on(WorkedOut)
    def _worked_out(self, event: WorkedOut) -> None:
        if self._outlook.answers(event):
            self._found = event.found
            self._show(event.draft)

    @on(WorkOutFailed)
    def _nothing_to_say(self, event: WorkOutFailed) -> None:
        """Take back what was said of another draft: this one would not start."""
        if self._outlook.answers(event):
            self._found = None
            self.show_error(event.error)
            self.query_one("#estimate", Lines).show([])

    @on(Progressed)
    def _progressed(self, event: Progressed) -> None:
        self._reading = f"{event.words} {progress(event.done, event.total)}".strip()
        self._show_estimate()

    @on(Read)
    def _tokens_read(self, event: Read) -> None:
        if self._draft is not None and self._is_wished(event.recipe):
            self._account = event.account
            self._outlook.ask(self._draft, look=True)  # what is known now includes the tokens

    @on(ReadFailed)
    def _tokens_failed(self, event: ReadFailed) -> None:
        if self._is_wished(event.recipe):
            self._reading = f"not counted: {event.error.what} {event.error.remedy}"
            self._show_estimate()

    def _is_wished(self, recipe: "Recipe") -> bool:
        return (recipe.model, recipe.data) == self._wished

    @property
    def _line(self) -> "FieldLine | None":
        key = self.table.key
        return next((line for line in self._lines if line.name == key), None)

    def show_about(self) -> None:
        """Say what the field under the cursor means."""
        line = self._line
        if line is not None:
            self.query_one("#about", Lines).show(about_lines(line))

    def _show_estimate(self) -> None:
        """Say what the run takes, what becomes of the rows, and why it would not start."""
        if self._draft is None or self._found is None:
            return
        rates = [recipe.optim.lr for recipe in self._draft.runs(beside=True)[1:]]
        lines = [*estimate_lines(self._found), rows_line(self._account, self._reading)]
        lines.append(beside_line(rates, beside=self._beside))
        self.query_one("#estimate", Lines).show(lines)
        self.query_one("#refusal", Lines).show(refusal_lines(self._refusals))
        self.set_class(bool(self._refusals), "-refused")

    @property
    def _refusals(self) -> tuple[TuningforkError, ...]:
        return refusals(self._found, self._account) if self._found else ()

    def action_account(self) -> None:
        """Show what becomes of every row."""
        page = list(account_page(self._account, self._reading, self._refusals))
        self.tuningfork.show_page("Rows", page)

    def action_elsewhere(self) -> None:
        """Show who else could train the same rows."""
        from core.training.mix import refuse_to_send

        data = self._draft.said.data if self._draft is not None else None
        if data is None:
            return
        try:
            refuse_to_send(data.mix)
        except TuningforkError as error:
            self.show_error(error)
        else:
            self.tuningfork.show_services(data.split)

    def action_tokens(self) -> None:
        """Show every row token by token."""
        if self._draft is None or self._draft.said.data is None:
            return
        from tui.mask_choice import MaskChoice
        from tui.screens.microscope import MicroscopeScreen

        recipe = self._draft.said
        choice = MaskChoice(
            key=recipe.name,
            origin=f"the run to launch, {recipe.name}",
            recipe=self._draft.resolved.recipe,
            command=shlex.join(["tuningfork", "masks", *self._command()[2:]]),
        )
        self.app.push_screen(MicroscopeScreen(choice, mode=self.mode))

    # Editing.

    def typed_value(self) -> str | None:
        """Return the value of the field under the cursor as it is typed; None for no field."""
        return self._line.value if self._line else None

    def judged(self, text: str) -> Callable[[], None] | None:
        """Say what is wrong with a value, or that it is fine; return what takes it."""
        line, draft = self._line, self._draft
        if line is None or draft is None:
            return None
        about = self.query_one("#about", Lines)
        try:
            changed = draft.changed(line.name, text)
        except TuningforkError as error:
            what = Text.assemble(("▲ ", "bad"), safe_text(error.what, limit=160))
            about.show([what, safe_text(error.remedy, limit=220), allowed_line(line)])
            return None
        fine = Text.assemble(("✓ ", "good"), "enter takes it, esc leaves it; empty leaves it open")
        about.show([fine, safe_text(line.meaning), allowed_line(line)])
        return partial(self._take, changed, look=_looks_at(changed) != _looks_at(draft))

    # Launching.

    def action_beside(self) -> None:
        """Launch the same run at smaller and larger steps too, or not."""
        self._beside = not self._beside
        self._show_estimate()

    def ask_launch(self) -> None:
        """Ask, then launch."""
        if self.is_editing:
            return
        if self._draft is None or self._found is None:
            words = "Not launched: what it takes is not known yet, or cannot be."
            self.tuningfork.tell(Text.assemble(("▲ ", "bad"), words))
            return
        if self._refusals:
            words = "Not launched: it would be refused, as it stands here; a says more."
            self.tuningfork.tell(Text.assemble(("▲ ", "bad"), words))
            return
        found = self._found
        lasts = f" ({span(*found.time)})" if found.time else ""
        runs = self._draft.runs(beside=self._beside)
        recipe = runs[0]
        many = f"{len(runs)} runs, one after the other: each" if len(runs) > 1 else "It"
        consequence = Text.assemble(
            "Trains ",
            safe_text(recipe.name, limit=60, ink="strong"),
            f" on {found.device}. {many} takes up to {found.updates:,} updates over "
            f"{found.rows:,} rows{lasts}, and goes on when you leave; S stops it.",
        )
        self.tuningfork.ask(consequence, self._launch)

    def _launch(self) -> None:
        """Start every run and open the first."""
        from core.training.start import start_run

        assert self._draft is not None
        app, started, chosen = self.tuningfork, [], self._draft.resolved.chosen
        try:
            for recipe in self._draft.runs(beside=self._beside):
                folder = start_run(
                    app.workspace,
                    recipe,
                    (*self._draft.reasons, *chosen),
                    now=datetime.now(UTC),
                    token=secrets.token_hex(2),
                    environment=app.settings.environment,
                )
                started.append(folder)
        except TuningforkError as error:
            self.show_error(error)
            return
        app.show_run(started[0].id)

    # What every screen answers.

    def keys_now(self) -> list[Key]:
        """Return the keys for the footer; while one types there is the way back."""
        rest = footer("launch", "everywhere")
        if self.is_editing:
            return self.keys_while_editing(rest)
        train = [key for key in keys_of("everywhere") if key.id == "train-run"]
        return [*train, *(key for key in rest if key.id not in {"copy", "commands"})]

    def exactly(self) -> list[Line]:
        """Return the command and the recipe that would run."""
        from core.training.recipe import recipe_toml

        if self._draft is None:
            return [Text("Reading the rows.", style="muted")]
        recipe = self._draft.runs(beside=False)[0]
        command = shlex.join(self._command())
        return [
            Text.assemble(safe_text(command, ink="key")),
            Text("with this recipe, which is kept beside the run:", style="muted"),
            Text(""),
            *safe_lines(recipe_toml(recipe)),
        ]

    def _command(self) -> list[str]:
        """Return the words that launch this run from the command line."""
        draft = self._draft
        assert draft is not None
        words = ["tuningfork", "train", str(draft.file or "recipe.toml")]
        for change in draft.changes if draft.file else ():
            words += ["--set", change]
        return [*words, "-w", str(self.tuningfork.workspace.root)]

    def value(self) -> str:
        """Return the value of the field under the cursor."""
        line = self._line
        return line.value if line else ""


def _looks_at(draft: "Draft") -> object:
    """Return the fields that rows, model and machine are looked up by."""
    said = draft.said
    return said.model, said.data, said.method.kind, said.device, said.runtime.processes
