"""Some runs side by side: their loss curves over each other, what differs and what they answer."""

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.widget import Widget

from core.events.series import SMOOTHING, Axis
from core.workspace import RunFolder
from tui.compare_look import INKS, LETTERS, CompareLook, CompareWatch, readout, table_lines
from tui.compare_samples import sample_lines
from tui.feed import Arrived, Feed
from tui.keymap import Where, bindings
from tui.screens.stage import StageScreen
from tui.widgets.overlay import OverlayChart
from tui.widgets.page import Line, Lines, Page
from tui.widgets.safe_text import safe_text

_RETRY_S = 0.05


class CompareScreen(StageScreen):
    """Compares two to six runs, live or over."""

    PLACES: ClassVar[tuple[Where, ...]] = ("comparison", "page")
    BINDINGS: ClassVar = bindings("comparison")
    DEFAULT_CSS = """
    CompareScreen #legend, CompareScreen #readout { height: 1; }
    CompareScreen #curves { height: 1fr; min-height: 6; }
    CompareScreen #table { height: 1fr; min-height: 6; margin-top: 1; }
    """

    def __init__(self, folders: tuple[RunFolder, ...], mode: str) -> None:
        super().__init__(mode)
        self._folders = folders
        self._watch = CompareWatch(folders)
        self._look: CompareLook | None = None
        self._chart = OverlayChart(self.tuningfork.settings.level, id="curves")
        self._answers = False
        """Whether the answers are below the curves, and not what differs."""

    def body(self) -> Iterable[Widget]:
        """Yield the curves and the table."""
        yield Lines(id="legend")
        yield Lines(id="readout")
        yield self._chart
        yield Page(id="table")

    def on_mount(self) -> None:
        """Look now, and go on looking while in sight."""
        self._looks = Feed(self, self._watch.look, every=self.tuningfork.settings.look_every)
        self.feed(self._looks)
        self.query_one("#legend", Lines).show([Text("Reading the event logs.", style="muted")])

    def on_resize(self, event: events.Resize) -> None:
        """Draw for the new width."""
        self.call_after_refresh(self._draw_again)

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self.hide_error()
        self._show(event.value)

    def _show(self, look: CompareLook) -> None:
        """Put a look on the screen."""
        self._look = look
        cursor = self._watch.view.cursor
        if len(look.overlays[0].smooth) == self._chart.columns:
            self._chart.show(look.overlays, look.frame, cursor)
        self.query_one("#readout", Lines).show([readout(look, cursor)])
        legend = Text("loss  ", style="strong")
        for letter, ink, run in zip(LETTERS, INKS, look.comparison.runs, strict=False):
            legend.append(f"{letter} ", style=ink)
            legend.append_text(safe_text(run.record.name, limit=24)).append("  ")
        legend.append("small letters: validation   ~smoothed", style="muted")
        self.query_one("#legend", Lines).show([legend])
        page = self.query_one("#table", Page)
        lines = sample_lines if self._answers else table_lines
        page.show(lines(look.comparison, max(page.size.width, 40)))
        words = {None: "Not every run has a lock on its data.", True: "All on the same data."}
        other = Text("Their data differ: losses cannot be compared.", style="warn")
        same = look.comparison.same_data
        self.say_status(other if same is False else Text(words[same], style="muted"))

    def _draw_again(self) -> None:
        """Draw what is known for another view, after a look that is under way."""
        if not self._looks.lock.acquire(blocking=False):
            self.set_timer(_RETRY_S, self._draw_again)
            return
        try:
            columns = (self._chart.columns, *self._watch.view.columns[1:])
            self._watch.view = replace(self._watch.view, columns=columns)
            look = self._watch.present() if self._watch.seen else None
        finally:
            self._looks.lock.release()
        if look is not None:
            self._show(look)

    def action_smoothing(self) -> None:
        """Go to the next smoothing step."""
        place = SMOOTHING.index(self._watch.view.weight) + 1
        self._watch.view = replace(self._watch.view, weight=SMOOTHING[place % len(SMOOTHING)])
        self._draw_again()
        self.tuningfork.tell(Text(f"Smoothing: {self._watch.view.weight:.0%} of the past kept."))

    def action_log_y(self) -> None:
        """Switch the y axis."""
        if not self._chart.set_log_y(not self._chart.log_y):
            self.tuningfork.tell(
                Text("No logarithmic axis: a value is zero or below.", style="warn")
            )

    def action_time_axis(self) -> None:
        """Switch the x axis."""
        axis: Axis = "time" if self._watch.view.axis == "step" else "step"
        self._watch.view = replace(self._watch.view, axis=axis, cursor=None)
        self._draw_again()

    def action_cursor(self, steps: int) -> None:
        """Read the values of all runs at another place."""
        self._watch.view = replace(self._watch.view, cursor=self._chart.beside_cursor(steps))
        self._draw_again()

    def action_newest(self) -> None:
        """Let go of the cursor."""
        self._watch.view = replace(self._watch.view, cursor=None)
        self._draw_again()

    def action_panel(self) -> None:
        """Switch between what differs and the answers."""
        self._answers = not self._answers
        page = self.query_one("#table", Page)
        page.action_start()
        if self._look is not None:
            self._show(self._look)

    def exactly(self) -> list[Line]:
        """Return the command that prints the same."""
        return [safe_text(f"tuningfork compare {self.value()}", ink="key")]

    def value(self) -> str:
        """Return the ids."""
        return " ".join(folder.id for folder in self._folders)
