"""Everything that can be done now, searched by typing; Textual's own palette repaints too much."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.keymap import footer, keys_of, shown
from tui.themes import LOOKS
from tui.widgets.inks import InkScreen
from tui.widgets.record_table import Column, RecordTable, records_of

if TYPE_CHECKING:
    from tui.app import TuningforkApp


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be done."""

    label: str
    """Our own words."""
    key: str
    """The key that does the same, or nothing."""
    run: Callable[[], object]


Choice = Callable[[], object] | None


class PaletteScreen(InkScreen[Choice], ModalScreen[Choice]):
    """Returns what the person chose, or None."""

    BINDINGS: ClassVar = [("escape", "dismiss(None)", "back")]
    DEFAULT_CSS = """
    PaletteScreen { align: center top; background: $background 60%; }
    PaletteScreen #palette { width: 76; max-width: 100%; height: 18; max-height: 100%;
                             margin-top: 2; padding: 1; background: $panel; }
    PaletteScreen Input, PaletteScreen Input:focus { border: none; height: 1; padding: 0 1;
                                                     background: $boost; }
    """

    def __init__(self, commands: Sequence[Command]) -> None:
        super().__init__()
        self._commands = commands
        self._found = list(commands)

    def compose(self) -> ComposeResult:
        """Set the field above what it finds."""
        with Vertical(id="palette"):
            field = Input(placeholder="what do you want to do?", compact=True)
            field.cursor_blink = False
            yield field
            yield RecordTable(
                Column(title="command"),
                Column(title="key", width=8),
                empty=(Text("  Nothing here does that.", style="muted"),),
                titles=False,
            )

    def on_mount(self) -> None:
        """Show everything."""
        self._search("")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._search(event.value)

    def _search(self, words: str) -> None:
        """Show the commands that hold every word."""
        wanted = words.lower().split()
        self._found = [
            one for one in self._commands if all(word in one.label.lower() for word in wanted)
        ]
        rows = [(one.label, (Text(one.label), Text(one.key, style="key"))) for one in self._found]
        self.query_one(RecordTable).show(records_of(rows))

    def on_key(self, event: events.Key) -> None:
        """Move in the list while the field keeps the focus."""
        steps = {"down": 1, "up": -1, "pagedown": 8, "pageup": -8}
        if event.key in steps:
            event.stop()
            event.prevent_default()
            self.query_one(RecordTable).action_rows(steps[event.key])

    @on(Input.Submitted)
    @on(RecordTable.Opened)
    def _chosen(self) -> None:
        label = self.query_one(RecordTable).key
        chosen = next((one.run for one in self._found if one.label == label), None)
        if chosen is not None:
            self.dismiss(chosen)


def commands_for(app: "TuningforkApp") -> list[Command]:
    """Return what can be done on the screen that is open."""
    return [*_of_screen(app), *_of_app(app), *_of_looks(app)]


def _of_screen(app: "TuningforkApp") -> Iterator[Command]:
    """Yield what the footer of the screen offers, and what is only its own."""
    from tui.screens.stage import StageScreen

    if not isinstance(app.screen, StageScreen):
        return
    screen = app.screen
    for key in footer(*screen.PLACES, "everywhere"):
        if key.action.startswith("screen.") and screen.works_now(key):
            run = partial(screen.run_action, key.action)
            yield Command(key.help, shown(key.keys[0]), run)


def _of_app(app: "TuningforkApp") -> Iterator[Command]:
    """Yield what works everywhere."""
    for key in keys_of("everywhere"):
        if key.action.startswith("app.mode"):
            run = partial(app.run_action, key.action)
            yield Command(f"{key.label}: {key.help}", shown(key.keys[0]), run)
    for key in keys_of("everywhere"):
        if key.id in {"help", "history", "quit"}:
            yield Command(key.help, shown(key.keys[0]), partial(app.run_action, key.action))


def _of_looks(app: "TuningforkApp") -> Iterator[Command]:
    """Yield the themes."""
    if app.settings.no_color:
        return
    for look in LOOKS:
        yield Command(f"Theme colours: {look.label}", "", partial(app.show_look, look.theme))
