"""The tokens of every row as they are trained: read in the background, shown one row at a time."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events, on
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from tui.keymap import Key, Where, bindings
from tui.mask_choice import MaskChoice
from tui.mask_lines import header_lines, ledger_words, legend, place_words
from tui.progressed import Progressed
from tui.screens.go_to import GoToScreen
from tui.screens.stage import StageScreen
from tui.token_reading import Read, ReadFailed, TokenReading
from tui.widgets.page import Line, Lines
from tui.widgets.safe_text import safe_text
from tui.widgets.token_page import TokenPage
from tui.wording import coarse, progress

if TYPE_CHECKING:
    from core.training.ledger import Part
    from core.training.mask_view import Microscope, RowView
    from core.training.token_cache import TokenCache

_HEAD_ROWS = 5
_TICK_S = 1.0


@dataclass
class LaidOut(Message):
    """Every row has its place and its padding."""

    microscope: "Microscope"


class MicroscopeScreen(StageScreen):
    """Shows one row of a recipe's tokens; leaving it ends the reading."""

    PLACES: ClassVar[tuple[Where, ...]] = ("tokens", "page")
    BINDINGS: ClassVar = bindings("tokens")
    DEFAULT_CSS = """
    MicroscopeScreen #head { height: 5; }
    MicroscopeScreen #legend { height: 2; }
    MicroscopeScreen #tokens { height: 1fr; }
    """

    def __init__(self, choice: MaskChoice, *, mode: str) -> None:
        super().__init__(mode)
        self._choice = choice
        self._reading: TokenReading | None = None
        self._microscope: Microscope | None = None
        self._view: RowView | None = None
        self._place = 0
        self._raw = False
        self._account = ""
        """Of all rows, in one line."""
        self._phase = "looking for tokens made before"
        self._began = time.monotonic()
        self._ticks: Timer | None = None

    def body(self) -> Iterable[Widget]:
        """Yield the account of the row above its tokens."""
        yield Lines(id="head", wrap=True)
        yield Lines(id="legend")
        yield TokenPage(id="tokens")

    def on_mount(self) -> None:
        """Begin to read."""
        self.query_one("#legend", Lines).show([legend()])
        self.query_one(TokenPage).focus()
        app = self.tuningfork
        self._reading = TokenReading(self, app.workspace, app.settings.environment)
        self._ticks = self.set_interval(_TICK_S, self._show_phase)
        self._show_phase()
        self._reading.begin(self._choice.recipe)

    def on_unmount(self, _: events.Unmount) -> None:
        """End a reading that nobody waits for any more."""
        if self._reading is not None:
            self._reading.cancel()

    @on(Progressed)
    def _progressed(self, event: Progressed) -> None:
        self._phase = f"{event.words} {progress(event.done, event.total)}".strip()
        self._show_phase()

    def _show_phase(self) -> None:
        """Say what is being done and for how long; nothing moves but the words."""
        if self._microscope is not None or self._ticks is None:
            return
        seconds = time.monotonic() - self._began
        lasted = f"  {coarse(seconds)}" if seconds >= 5 else ""
        lines: list[Line] = [
            Text.assemble(("Reading…  ", "title"), safe_text(self._phase), lasted),
            Text("esc stops it and goes back.", style="muted"),
        ]
        self.query_one("#head", Lines).show(lines)
        self.say_status(self._source())

    def _source(self) -> Text:
        return safe_text(f"{self._choice.origin}, rows of {self._choice.split}", ink="muted")

    @on(ReadFailed)
    def _read_failed(self, event: ReadFailed) -> None:
        self._stop_ticking()
        self.query_one("#head", Lines).show([Text("No tokens to show.", style="muted")])
        self.show_error(event.error)

    @on(Read)
    def _arrived(self, event: Read) -> None:
        self._account = ledger_words(event.account.ledger)
        self.run_worker(
            lambda: self._lay_out(event.cache), thread=True, exit_on_error=False, group="masks"
        )

    def _lay_out(self, cache: "TokenCache") -> None:
        """Plan the padding of every row, which takes a moment where there are many."""
        from core.training.mask_view import Microscope

        self.post_message(LaidOut(Microscope(cache, self._choice.recipe)))

    @on(LaidOut)
    def _laid_out(self, event: LaidOut) -> None:
        self._stop_ticking()
        self._microscope = event.microscope
        self.say_status(Text.assemble(self._account, "  ", self._source(), style="muted"))
        self._show()
        self.show_keys()

    def _stop_ticking(self) -> None:
        if self._ticks is not None:
            self._ticks.stop()
            self._ticks = None

    def _show(self) -> None:
        """Show the row at the present place."""
        if self._microscope is None or not self._microscope.entries:
            return
        self._view = self._microscope.view(self._place)
        self.query_one("#head", Lines).show(header_lines(self._view)[:_HEAD_ROWS])
        self.query_one(TokenPage).show(self._view.tokens, raw=self._raw)

    def works_now(self, key: Key) -> bool:
        """Return whether there is a row to do it with."""
        return key.where != "tokens" or self._microscope is not None

    def action_row(self, steps: int) -> None:
        """Go to another row; there is none beyond the ends."""
        if self._microscope is not None:
            last = len(self._microscope.entries) - 1
            self._place = max(0, min(self._place + steps, last))
            self._show()

    def action_raw(self) -> None:
        """Show ids, or running text again."""
        self._raw = not self._raw
        self._show()

    def action_other_part(self) -> None:
        """Go to the first row of the other part."""
        if self._microscope is None or self._view is None:
            return
        other: Part = "validation" if self._view.entry.part == "train" else "train"
        entries = self._microscope.entries
        place = next((n for n, one in enumerate(entries) if one.part == other), None)
        if place is not None:
            self._place = place
            self._show()

    def action_finding(self) -> None:
        """Go to the next row that something is to be said about."""
        if self._microscope is None:
            return
        place = self._microscope.next_finding(self._place)
        if place is None:
            self.tuningfork.tell(Text("Nothing is to be said about any row.", style="good"))
            return
        self._place = place
        self._show()

    def action_go_to(self) -> None:
        """Ask for a number."""
        if self._microscope is not None:
            self.app.push_screen(GoToScreen(), self._go_to)

    def _go_to(self, row: int | None) -> None:
        """Show the row of the same part with this number."""
        if row is None or self._microscope is None or self._view is None:
            return
        part = self._view.entry.part
        places = self._microscope.places(part, row)
        if not places:
            self.tuningfork.tell(Text(f"There is no {part} row {row:,}.", style="warn"))
            return
        self._place = places[0]
        self._show()

    def exactly(self) -> list[Line]:
        """Return the command that prints the row."""
        command = self._choice.command
        if self._view is not None:
            part = " --validation" if self._view.entry.part == "validation" else ""
            command = f"{command} --row {self._view.entry.row}{part}"
        lines: list[Line] = [safe_text(command, ink="key")]
        if self._view is not None:
            lines += [Text(""), Text(place_words(self._view)), *header_lines(self._view)[1:]]
        return lines

    def value(self) -> str:
        """Return the text of the row."""
        tokens = self._view.tokens if self._view else ()
        return "".join(token.text for token in tokens)
