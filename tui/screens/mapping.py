"""What the columns of a file are to a conversation: chosen by hand, shown on the first rows."""

import itertools
import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import events, on
from textual.containers import Container
from textual.widget import Widget

from core.errors import TuningforkError
from tui.feed import Arrived, Feed
from tui.keymap import Where, bindings
from tui.screens.stage import StageScreen
from tui.screens.two_columns import WIDE
from tui.widgets.page import Hanging, Line, Lines, Page
from tui.widgets.record_table import Column, RecordTable, records_of
from tui.widgets.safe_text import safe_lines, safe_text
from tui.wording import inside

if TYPE_CHECKING:
    from core.data.staging.mapping import Role
    from core.workspace import Workspace

_ONCE_S = 86_400.0
_SAMPLES = 20
_TURN_LIMIT = 4000
_INKS = {"assistant": "good", "user": "accent", "unused": "muted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The file's columns and what they are so far."""

    name: str
    """The file inside the workspace. Not yet safe to show."""
    roles: "Mapping[str, Role]"
    """Every column in the order of the file."""
    samples: tuple[Mapping[str, Any], ...]
    """The first rows."""
    place: int = 0
    """Which of them is shown."""


class MappingScreen(StageScreen):
    """Shows columns with their roles, and a row as the conversation that comes of them."""

    PLACES: ClassVar[tuple[Where, ...]] = ("mapping", "list")
    BINDINGS: ClassVar = bindings("mapping")
    DEFAULT_CSS = """
    MappingScreen #about { height: 2; }
    MappingScreen #both { layout: vertical; }
    MappingScreen #columns { height: 2fr; }
    MappingScreen #preview { height: 3fr; margin-top: 1; }
    MappingScreen.-beside #both { layout: horizontal; }
    MappingScreen.-beside #columns { width: 1fr; height: 1fr; }
    MappingScreen.-beside #preview { width: 1fr; height: 1fr; margin: 0 0 0 3; }
    """

    def __init__(self, path: Path, mode: str) -> None:
        super().__init__(mode)
        self._path = path
        self._choice: Choice | None = None

    def body(self) -> Iterable[Widget]:
        """Yield the columns and the row that comes of them."""
        yield Lines(id="about", wrap=True)
        yield Container(
            RecordTable(
                Column(title="column", width=18),
                Column(title="role", width=10),
                Column(title="in the row shown"),
                empty=(Text("  Reading the first rows.", style="muted"),),
                id="columns",
            ),
            Page(id="preview"),
            id="both",
        )

    def on_mount(self) -> None:
        """Read the first rows."""
        self.query_one("#columns", RecordTable).focus()
        workspace, path = self.tuningfork.workspace, self._path
        self.feed(Feed(self, lambda: read_choice(workspace, path), every=_ONCE_S))

    def on_resize(self, event: events.Resize) -> None:
        """Put the row beside the columns where there is room."""
        self.set_class(event.size.width >= WIDE, "-beside")

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        if self._choice is None:
            self.hide_error()
            self._show(event.value)

    def _show(self, choice: Choice) -> None:
        self._choice = choice
        sample = choice.samples[choice.place] if choice.samples else {}
        rows = [(name, _cells(name, role, sample)) for name, role in choice.roles.items()]
        self.query_one("#columns", RecordTable).show(records_of(rows))
        self.query_one("#preview", Page).show(list(preview_lines(choice)))
        self.say_status(safe_text(choice.name, limit=120, ink="muted"))
        self._show_about()

    @on(RecordTable.Moved)
    def _show_about(self) -> None:
        """Say what the role of the column under the cursor means."""
        from core.data.staging.mapping import MEANINGS

        column = self.query_one("#columns", RecordTable).key
        if self._choice is None or column is None:
            return
        role = self._choice.roles[column]
        title = Text("What is each column to the conversation?", style="title")
        meaning = Text.assemble((f"{role}  ", _INKS.get(role, "strong")), MEANINGS[role])
        self.query_one("#about", Lines).show([title, meaning])

    @on(RecordTable.Opened)
    def _opened(self) -> None:
        self.action_role(1)

    def action_role(self, steps: int) -> None:
        """Give the column under the cursor another role."""
        from core.data.staging.mapping import ROLES, with_role

        column = self.query_one("#columns", RecordTable).key
        if self._choice is not None and column is not None:
            now = ROLES.index(self._choice.roles[column])
            role = ROLES[(now + steps) % len(ROLES)]
            self._show(replace(self._choice, roles=with_role(self._choice.roles, column, role)))

    def action_sample(self, steps: int) -> None:
        """Show another of the first rows; there is none beyond the ends."""
        if self._choice is not None and self._choice.samples:
            last = len(self._choice.samples) - 1
            self._show(replace(self._choice, place=max(0, min(self._choice.place + steps, last))))

    def action_keep(self) -> None:
        """Remember the roles and go back to the findings that come of them."""
        from core.data.staging.mapping import mapping_of, remember_mapping

        mapping = mapping_of(self._choice.roles) if self._choice else None
        if mapping is None:
            self.tuningfork.tell(Text("One column must be the assistant.", style="warn"))
            return
        try:
            path = remember_mapping(self.tuningfork.workspace.mappings, mapping)
        except TuningforkError as error:
            self.show_error(error)
            return
        self.app.pop_screen()
        self.tuningfork.tell(Text.assemble("Kept in ", safe_text(path.name), "; reading again."))

    def exactly(self) -> list[Line]:
        """Return the command and the file that say the same."""
        from core.data.staging.mapping import mapping_of

        mapping = mapping_of(self._choice.roles) if self._choice else None
        if mapping is None:
            return [Text("No column is the assistant yet.", style="muted")]
        command = ["tuningfork", "inspect", str(self._path)]
        for word in mapping.words:
            command += ["--map", word]
        shown = safe_text(shlex.join(command), limit=1000, ink="key")
        return [shown, Text(""), *safe_lines(mapping.toml())]

    def value(self) -> str:
        """Return the value of the column under the cursor."""
        column = self.query_one("#columns", RecordTable).key
        if self._choice is None or column is None or not self._choice.samples:
            return ""
        return _words(self._choice.samples[self._choice.place].get(column))


def read_choice(workspace: "Workspace", path: Path) -> Choice:
    """Return the columns of a file with their roles: those chosen before, else a guess."""
    from core.data.formats import NOT_TAKEN
    from core.data.sources import first_rows, read_rows
    from core.data.staging.mapping import guess_mapping, remembered_mapping
    from core.data.staging.opening import open_source

    source = open_source(str(path), cache=workspace.source_cache)
    columns = first_rows(source.jsonl).columns
    kept = remembered_mapping(workspace.mappings, columns)
    values = (row.value for row in read_rows(source.jsonl))
    samples = (one for one in values if isinstance(one, dict) and NOT_TAKEN not in one)
    return Choice(
        name=inside(path, workspace.root),
        roles=kept.columns if kept else guess_mapping(columns),
        samples=tuple(itertools.islice(samples, _SAMPLES)),
    )


def preview_lines(choice: Choice) -> Iterable[Line]:
    """Yield a row as the conversation that comes of the roles, or why none does."""
    from core.data.staging.mapping import mapping_of, preview

    mapping = mapping_of(choice.roles)
    if mapping is None:
        yield Text("No column is the assistant, so nothing would be trained.", style="warn")
        return
    if not choice.samples:
        yield Text("The file has no row that can be shown.", style="muted")
        return
    yield Text(f"row {choice.place + 1} of the first {len(choice.samples)}", style="muted")
    found = preview(choice.samples[choice.place], mapping)
    if isinstance(found, list):
        for _, path, message in found:
            words = safe_text(f"{path} {message}", limit=200)
            yield Text.assemble(("▲ ", "bad"), words)
        return
    for turn in found.turns:
        yield from _turn(turn.raw)
    for turn in found.rejected:
        yield Text("not trained, kept as the answer that lost:", style="muted")
        yield from _turn(turn.raw)


def _turn(raw: dict[str, Any]) -> Iterable[Line]:
    """Yield who speaks and what."""
    role = str(raw["role"])
    lines = safe_lines(_words(raw.get("content")), limit=_TURN_LIMIT)
    weight = " (not trained)" if raw.get("weight") == 0 else ""
    yield Text("")
    yield Text.assemble(safe_text(role, limit=20, ink=_INKS.get(role, "strong")), weight)
    for line in lines:
        yield Hanging(Text.assemble("  ", line), 2)


def _cells(name: str, role: str, sample: Mapping[str, Any]) -> tuple[Text, ...]:
    """Return a column as cells."""
    return (
        safe_text(name, limit=60),
        safe_text(role, ink=_INKS.get(role, "strong")),
        safe_text(_words(sample.get(name)), limit=200, ink="muted" if role == "unused" else ""),
    )


def _words(value: object) -> str:
    """Return a value as text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
