"""A run before it starts: every field with its value and its reason, and what it will take."""

import secrets
import shlex
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.widget import Widget
from textual.widgets import Input

from core.errors import TuningforkError
from tui.feed import Arrived, Feed
from tui.keymap import Key, Where, bindings, footer, keys_of
from tui.screens.stage import StageScreen
from tui.widgets.page import Hanging, Line, Lines
from tui.widgets.record_table import Column, RecordTable, records_of
from tui.widgets.safe_text import safe_lines, safe_text

if TYPE_CHECKING:
    from core.training.draft import Beginning, Draft, Estimate, FieldLine

_ONCE_S = 86_400.0
"""The rows are read once: what they say is what the choices stand on."""
_INKS = {"yours": "strong", "chosen": "accent", "usual": "muted"}


class FieldInput(Input):
    """A field of text that gives the keys back on `esc`."""

    BINDINGS: ClassVar = [("escape", "screen.drop_edit", "back")]


class LaunchScreen(StageScreen):
    """Shows a draft; every change makes another one."""

    PLACES: ClassVar[tuple[Where, ...]] = ("launch", "list")
    BINDINGS: ClassVar = bindings("launch")
    DEFAULT_CSS = """
    LaunchScreen #title { height: 1; }
    LaunchScreen #fields { height: 1fr; }
    LaunchScreen #edit, LaunchScreen #edit:focus { border: none; height: 1; padding: 0 1;
                                                   background: $boost; display: none; }
    LaunchScreen.-editing #edit { display: block; }
    LaunchScreen #about { height: 4; margin-top: 1; }
    LaunchScreen #estimate { height: 2; }
    """

    def __init__(self, beginning: "Beginning", mode: str) -> None:
        super().__init__(mode)
        self._beginning = beginning
        self._draft: Draft | None = None
        self._lines: tuple[FieldLine, ...] = ()
        self._beside = False
        """Whether the same run is also launched with smaller and larger steps."""

    def body(self) -> Iterable[Widget]:
        """Yield the fields, the one being edited, what it means, and what the run takes."""
        yield Lines(id="title")
        yield RecordTable(
            Column(title="field", width=21),
            Column(title="value", width=16),
            Column(title="why"),
            empty=(Text("Reading the rows.", style="muted"),),
            id="fields",
        )
        field = FieldInput(compact=True, id="edit")
        field.cursor_blink = False
        yield field
        yield Lines(id="about", wrap=True)
        yield Lines(id="estimate", wrap=True)

    def on_mount(self) -> None:
        """Read the rows."""
        words = {"split": "New run on the rows of ", "file": "New run from the recipe "}
        title = Text.assemble(
            (words[self._beginning.kind], "title"), safe_text(self._beginning.name, limit=80)
        )
        self.query_one("#title", Lines).show([title])
        self.query_one("#fields", RecordTable).focus()
        self.feed(Feed(self, self._read, every=_ONCE_S))

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
            self._show(event.value)

    def _show(self, draft: "Draft") -> None:
        """Put a draft on the screen."""
        self.hide_error()
        self._draft = draft
        self._lines = tuple(draft.lines())
        rows = [(line.name, _cells(line)) for line in self._lines]
        self.query_one("#fields", RecordTable).show(records_of(rows))
        self._show_about()
        self._show_estimate()
        self.show_keys()

    @property
    def _line(self) -> "FieldLine | None":
        key = self.query_one("#fields", RecordTable).key
        return next((line for line in self._lines if line.name == key), None)

    @on(RecordTable.Moved)
    def _show_about(self) -> None:
        """Say what the field under the cursor means."""
        line = self._line
        if line is not None:
            self.query_one("#about", Lines).show(_about(line))

    def _show_estimate(self) -> None:
        if self._draft is not None:
            lines = _estimate(self._draft.estimate(), self._draft, beside=self._beside)
            self.query_one("#estimate", Lines).show(lines)

    # Editing.

    @on(RecordTable.Opened)
    def action_edit(self) -> None:
        """Type another value for the field under the cursor."""
        line = self._line
        if line is None:
            return
        field = self.query_one("#edit", FieldInput)
        field.value = line.value
        self.add_class("-editing")
        field.focus()
        self.show_keys()

    def action_drop_edit(self) -> None:
        """Leave the field as it was."""
        self.remove_class("-editing")
        self.query_one("#fields", RecordTable).focus()
        self._show_about()
        self.show_keys()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        if self.has_class("-editing"):
            self._try(event.value)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        draft = self._try(event.value)
        if draft is not None:
            self.action_drop_edit()
            self._show(draft)

    def _try(self, text: str) -> "Draft | None":
        """Return the draft with what is typed; say what is wrong with it, or that it is fine."""
        line, draft = self._line, self._draft
        if line is None or draft is None:
            return None
        about = self.query_one("#about", Lines)
        try:
            changed = draft.changed(line.name, text)
        except TuningforkError as error:
            what = Text.assemble(("▲ ", "bad"), safe_text(error.what, limit=160))
            about.show([what, safe_text(error.remedy, limit=220), _allowed(line)])
            return None
        fine = Text.assemble(("✓ ", "good"), "enter takes it, esc leaves it; empty leaves it open")
        about.show([fine, safe_text(line.meaning), _allowed(line)])
        return changed

    # Launching.

    def action_beside(self) -> None:
        """Launch the same run at smaller and larger steps too, or not."""
        self._beside = not self._beside
        self._show_estimate()

    def ask_launch(self) -> None:
        """Ask, then launch."""
        if self._draft is None or self.has_class("-editing"):
            return
        found = self._draft.estimate()
        runs = self._draft.runs(beside=self._beside)
        recipe = runs[0]
        many = f"{len(runs)} runs, one after the other: each" if len(runs) > 1 else "It"
        consequence = Text.assemble(
            "Trains ",
            safe_text(recipe.name, limit=60, ink="strong"),
            f" on {recipe.device}. {many} takes up to {found.updates:,} updates over "
            f"{found.rows:,} rows, and goes on when you leave; S stops it.",
        )
        self.tuningfork.ask(consequence, self._launch)

    def _launch(self) -> None:
        """Start every run and open the first."""
        from core.training.start import start_run

        assert self._draft is not None
        app, started = self.tuningfork, []
        try:
            for recipe in self._draft.runs(beside=self._beside):
                folder = start_run(
                    app.workspace,
                    recipe,
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
        if self.has_class("-editing"):
            return [key for key in rest if key.id == "back"]
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


def _cells(line: "FieldLine") -> tuple[Text, ...]:
    """Return one field as cells."""
    value = safe_text(line.value, limit=60, ink=_INKS[line.origin])
    why = Text("yours", style="strong") if line.origin == "yours" else safe_text(line.why)
    return (
        Text(line.name),
        value if line.value else Text("left open", style="muted"),
        why if line.origin != "usual" else Text("usual", style="muted"),
    )


def _about(line: "FieldLine") -> list[Line]:
    """Return what a field means and may hold."""
    why = Text("You said so.", style="muted") if not line.why else safe_text(line.why)
    return [
        safe_text(line.meaning),
        Hanging(Text.assemble(("why  ", "muted"), why), 5),
        _allowed(line),
    ]


def _allowed(line: "FieldLine") -> Text:
    return Text.assemble(("may be  ", "muted"), safe_text(line.allowed, limit=160))


def _estimate(found: "Estimate", draft: "Draft", *, beside: bool) -> list[Line]:
    """Return what the run takes, and the runs offered beside it."""
    size = Text("model size known once it is loaded", style="muted")
    if found.parameters is not None and found.trained is not None:
        share = found.trained / found.parameters
        size = Text(
            f"{_count(found.trained)} of {_count(found.parameters)} weights trained ({share:.1%})"
        )
    work = (
        f" · {found.rows:,} rows · up to {found.updates:,} updates · "
        f"{found.looks} look{'s' if found.looks != 1 else ''}"
    )
    rates = " and ".join(f"{recipe.optim.lr:g}" for recipe in draft.runs(beside=True)[1:])
    state = (
        ("launches also at lr ", "accent") if beside else ("offers the same run at lr ", "muted")
    )
    return [Text.assemble(size, work), Text.assemble(("+ ", "key"), state, rates)]


def _count(number: int) -> str:
    """Return a number of weights in a unit that fits it."""
    for unit, size in (("B", 1e9), ("M", 1e6), ("K", 1e3)):
        if number >= size:
            return f"{number / size:.3g}{unit}"
    return str(number)
