"""One job, live or over: is it alive, is it good, when is it done."""

import secrets
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widget import Widget

from core.errors import TuningforkError
from core.workspace import RunFolder
from tui.feed import Arrived, Feed
from tui.keymap import Key, Where, bindings
from tui.run_look import SMOOTHING, RunLook, RunWatch
from tui.screens.run_lines import PANELS, head_lines, log_lines, readout
from tui.screens.stage import StageScreen
from tui.screens.two_columns import WIDE
from tui.widgets.line_chart import LineChart
from tui.widgets.page import Line, Lines, Page
from tui.widgets.safe_text import safe_lines, safe_text
from tui.wording import LIVE

_TITLES = (*(title for title, _ in PANELS), "Log")
_RESTLESS = "System"
"""The panel that changes with every step; on a wide screen it is shown only when asked for."""
_CHART_EVERY_S = 1.0
"""The dearest thing on the screen is drawn half as often as the figures."""
_RETRY_S = 0.05
"""How long to wait for a look that is under way."""


class RunScreen(StageScreen):
    """Shows what the log and the lock say, and nothing else."""

    PLACES: ClassVar[tuple[Where, ...]] = ("run", "chart", "page")
    BINDINGS: ClassVar = bindings("run")
    DEFAULT_CSS = """
    RunScreen #head { height: 3; }
    RunScreen.-fallen #head { height: 5; }
    RunScreen #readout { height: 1; }
    RunScreen #chart { height: 3fr; min-height: 6; }
    RunScreen #tabs { height: 1; margin-top: 1; }
    RunScreen #panel { height: 1fr; min-height: 3; }
    RunScreen #left { width: 2fr; }
    RunScreen #aside { width: 1fr; min-width: 46; margin-left: 2; display: none; }
    RunScreen.-beside #aside { display: block; }
    RunScreen.-small #chart { display: none; }
    RunScreen.-small #readout { display: none; }
    """

    def __init__(self, folder: RunFolder, mode: str, clock: Callable[[], datetime]) -> None:
        super().__init__(mode)
        self._folder = folder
        self._watch = RunWatch(folder, clock)
        self._look: RunLook | None = None
        self._panel = 0
        self._smoothing = SMOOTHING.index(self._watch.weight)
        self._cursor: int | None = None
        self._chart_timer: Timer | None = None

    def body(self) -> Iterable[Widget]:
        """Yield the state, the chart and the panels."""
        yield Lines(id="head")
        with_chart = Vertical(
            Lines(id="readout"),
            LineChart(self.tuningfork.settings.level, id="chart"),
            Lines(id="tabs"),
            Page(id="panel"),
            id="left",
        )
        yield Horizontal(with_chart, Page(id="aside"))

    def on_mount(self) -> None:
        """Look now, and go on looking while in sight."""
        every = self.tuningfork.settings.look_every
        self._looks = Feed(self, self._watch.look, every=every)
        self.feed(self._looks)
        self.query_one("#head", Lines).show([Text("Reading the event log.", style="muted")])

    def on_resize(self, event: events.Resize) -> None:
        """Put the panels beside the chart where there is room, and drop it where there is none."""
        self.set_class(event.size.width >= WIDE, "-beside")
        self.set_class(event.size.height < 18, "-small")
        self._show_panels()

    @on(LineChart.Resized)
    def _chart_resized(self) -> None:
        self._watch.columns = self.query_one(LineChart).columns
        self._draw_again()

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self.hide_error()
        self._show(event.value)

    def _show(self, look: RunLook) -> None:
        """Put a look on the screen; equal parts paint nothing."""
        before, self._look = self._look, look
        lines = head_lines(look.state, look.status.state, look.newest)
        self.query_one("#head", Lines).show(lines)
        self._show_readout()
        self._show_panels()
        if before is None or before.status.state != look.status.state:
            self.set_class(look.status.state in {"failed", "lost"}, "-fallen")
            self.show_keys()
            self._draw_chart()
        elif self._chart_timer is None:
            self._chart_timer = self.set_timer(_CHART_EVERY_S, self._draw_chart)
        self.say_status(self._status_line(look))

    def _draw_chart(self) -> None:
        """Draw the newest look; what came in between is in it."""
        self._chart_timer = None
        if self._look is not None:
            self.query_one(LineChart).show(self._look.plot)

    def _status_line(self, look: RunLook) -> Text:
        """Return whose job this is and what would be lost by leaving: nothing."""
        slow = "  looking once a second over SSH" if self.tuningfork.settings.slow_line else ""
        goes_on = "  it goes on when you leave" if look.status.state in LIVE else ""
        faults = look.status.faults
        damaged = faults.garbage + faults.missing
        note = f"  {damaged} lines of the log are damaged" if damaged else ""
        return Text.assemble(
            safe_text(self._folder.id, limit=80), goes_on, slow, (note, "warn"), style="muted"
        )

    def _show_readout(self) -> None:
        """Show the exact values at the cursor, or the newest ones."""
        if not self._looks.lock.acquire(blocking=False):
            return  # a look is under way and its arrival comes back here
        try:
            values = self._watch.values_at(self._cursor)
        finally:
            self._looks.lock.release()
        line = Text("no step yet", style="muted")
        if values is not None:
            total = self._look.state.total_steps if self._look else None
            line = readout(values, total, self._best() if self._cursor is None else None)
        self.query_one("#readout", Lines).show([line])

    def _best(self) -> tuple[int, float] | None:
        """Return step and loss of the best evaluation."""
        state = self._look.state if self._look else None
        if state is None or state.best_loss is None or state.best_step is None:
            return None
        return state.best_step, state.best_loss

    def _show_panels(self) -> None:
        """Show one panel below the chart, and on a wide screen all of them beside it."""
        if self._look is None:
            return
        tabs = Text()
        for number, title in enumerate(_TITLES):
            tabs.append(f" {title} ", style="here" if number == self._panel else "muted")
        self.query_one("#tabs", Lines).show([tabs])
        self.query_one("#panel", Page).show(self._panel_lines(self._panel))
        if self.has_class("-beside"):
            lines: list[Line] = []
            for number, title in enumerate(_TITLES):
                if number != self._panel and title != _RESTLESS:
                    lines += [Text(title, style="strong"), *self._panel_lines(number)[:12]]
                    lines.append(Text(""))
            self.query_one("#aside", Page).show(lines)

    def _panel_lines(self, number: int) -> list[Line]:
        """Return the lines of one panel."""
        assert self._look is not None, "panels are shown after the first look"
        if number < len(PANELS):
            return PANELS[number][1](self._look.state)
        return log_lines(self._look.tail)

    @on(LineChart.CursorMoved)
    def _cursor_moved(self, event: LineChart.CursorMoved) -> None:
        self._cursor = event.column
        self._show_readout()

    def _draw_again(self) -> None:
        """Draw what is known for another width or smoothing, after a look that is under way."""
        if not self._looks.lock.acquire(blocking=False):
            self.set_timer(_RETRY_S, self._draw_again)
            return
        try:
            look = self._watch.present() if self._watch.seen else None
        finally:
            self._looks.lock.release()
        if look is not None:
            self._show(look)
            self._draw_chart()

    def action_smoothing(self) -> None:
        """Go to the next smoothing step."""
        self._smoothing = (self._smoothing + 1) % len(SMOOTHING)
        self._watch.weight = SMOOTHING[self._smoothing]
        self._draw_again()
        kept = f"{self._watch.weight:.0%} of the past kept" if self._watch.weight else "none"
        self.tuningfork.tell(Text(f"Smoothing: {kept}."))

    def action_log_y(self) -> None:
        """Switch the y axis."""
        chart = self.query_one(LineChart)
        if not chart.set_log_y(not chart.log_y):
            self.tuningfork.tell(
                Text("No logarithmic axis: a value is zero or below.", style="warn")
            )

    def action_details(self) -> None:
        """Go to the next panel."""
        self._panel = (self._panel + 1) % len(_TITLES)
        self._show_panels()

    def works_now(self, key: Key) -> bool:
        """Return whether the job is in a state for this key."""
        state = self._look.status.state if self._look else None
        match key.id:
            case "stop" | "checkpoint":
                return state in LIVE and state != "stopping"
            case "resume":
                return state in {"stopped", "failed", "lost"}
            case _:
                return True

    def action_stop(self) -> None:
        """Ask, with the consequence, and then ask the worker."""
        if self._look is None or self._look.status.state not in LIVE:
            self._refuse()
            return
        self.tuningfork.ask(self._consequence(self._look), lambda: self._request("stop"))

    def _consequence(self, look: RunLook) -> Text:
        """Return what a stop does to this job now."""
        state = look.state
        kept = state.checkpoints[-1].step if state.checkpoints else None
        if look.status.state == "queued":
            return Text("Takes the job out of the line. Nothing has been computed yet.")
        if state.phase != "training":
            return Text("Stops as soon as the phase under way allows. What is on disk is kept.")
        after = f"Stops after step {state.step + 1:,} and saves a checkpoint there first."
        newest = f" The checkpoint of step {kept:,} is kept." if kept is not None else ""
        return Text(f"{after}{newest} R goes on from it later.")

    def action_checkpoint(self) -> None:
        """Ask the worker for a checkpoint."""
        if self._look is None or self._look.status.state not in LIVE:
            self._refuse()
            return
        self._request("checkpoint")

    def action_resume(self) -> None:
        """Start the next attempt."""
        if self._look is None or self._look.status.state not in {"stopped", "failed", "lost"}:
            self._refuse()
            return

        def resume() -> None:
            from core.jobs.resume import resume as start_again

            environment = self.tuningfork.settings.environment
            start_again(self._folder, now=datetime.now(UTC), environment=environment)

        self._do(resume, Text("A new worker is starting from the newest checkpoint."))

    def _refuse(self) -> None:
        state = self._look.status.state if self._look else "not read yet"
        self.tuningfork.tell(Text(f"Nothing to do: the job is {state}.", style="warn"))

    def _request(self, verb: str) -> None:
        """Leave a request; the worker's answer arrives as an event, for every viewer."""

        def ask() -> None:
            from core.jobs import process
            from core.jobs.control import request

            request(
                self._folder,
                "stop" if verb == "stop" else "checkpoint",
                by=process.user(),
                host=process.here().host,
                now=datetime.now(UTC),
                token=secrets.token_hex(4),
            )

        self._do(ask, Text(f"Asked the worker to {verb}; its answer comes with the messages."))

    def _do(self, act: Callable[[], None], done: Text) -> None:
        """Touch the disk in a thread; say what came of it."""

        def run() -> None:
            try:
                act()
            except TuningforkError as error:
                self.app.call_from_thread(self.show_error, error)
            else:
                self.app.call_from_thread(self.tuningfork.tell, done)
            self.app.call_from_thread(self._looks.look)

        self.run_worker(run, thread=True, exit_on_error=False, group="ask")

    def exactly(self) -> list[Line]:
        """Return the job's record and recipe as they lie on disk, and the command to watch it."""
        id = self._folder.id
        lines: list[Line] = [
            safe_text(f"tuningfork watch {id}", ink="key"),
            safe_text(f"tuningfork status {id} --json", ink="key"),
        ]
        for path in (self._folder.record, self._folder.recipe):
            try:
                text = path.read_text(errors="replace")
            except OSError:
                continue
            lines += [Text(""), safe_text(str(path), ink="muted"), *safe_lines(text)]
        return lines

    def value(self) -> str:
        """Return the job's id."""
        return self._folder.id
