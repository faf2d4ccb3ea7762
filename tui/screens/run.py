"""One job, live or over: is it alive, is it good, when is it done."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widget import Widget

from core.events.series import SMOOTHING, Axis
from core.workspace import RunFolder
from tui.feed import Arrived, Feed
from tui.keymap import Where, bindings
from tui.run_charts import CHARTS, following, panned, place_of, zoomed
from tui.run_look import RunLook, RunWatch
from tui.screens.job import JobScreen
from tui.screens.run_lines import (
    alert_line,
    chart_name,
    chart_tabs,
    chart_value,
    head_lines,
    readout,
    status_line,
)
from tui.screens.run_panels import AGAINST, BESIDE, PANELS, PanelView
from tui.screens.two_columns import WIDE
from tui.widgets.line_chart import LineChart
from tui.widgets.page import Line, Lines, Page

_TITLES = tuple(title for title, _ in PANELS)
_ASIDE_LINES = {"Checkpoints": 4}
"""Lines of a panel beside the charts, where it is not the usual number."""
_USUAL_LINES = 9
_CHART_EVERY_S = 1.0
"""The dearest thing on the screen is drawn half as often as the figures."""
_RETRY_S = 0.05
"""How long to wait for a look that is under way."""
_FEWEST_ROWS = 18
"""Below this there is room for figures only."""
_ROWS_FOR_FOUR = 30
"""From this on four charts fit on a wide screen."""


class RunScreen(JobScreen):
    """Shows what the log and the lock say, and nothing else."""

    PLACES: ClassVar[tuple[Where, ...]] = ("run", "chart", "page")
    BINDINGS: ClassVar = bindings("run")
    DEFAULT_CSS = """
    RunScreen #head { height: 3; }
    RunScreen.-fallen #head { height: 5; }
    RunScreen #readout, RunScreen #strip, RunScreen .caption { height: 1; }
    RunScreen #charts { height: 3fr; min-height: 6; }
    RunScreen .row { height: 1fr; }
    RunScreen .box { width: 1fr; margin-right: 1; }
    RunScreen #tabs { height: 1; margin-top: 1; }
    RunScreen #panel { height: 1fr; min-height: 3; }
    RunScreen #left { width: 2fr; }
    RunScreen #aside { width: 1fr; min-width: 40; margin-left: 1; }
    """

    def __init__(self, folder: RunFolder, mode: str, clock: Callable[[], datetime]) -> None:
        super().__init__(folder, mode)
        self._watch = RunWatch(folder, clock)
        self._panel = 0
        self._shown = PanelView()
        self._chart = 0
        """The chart in sight where only one is, and the fourth of four where it is a later one."""
        self._zoomed = ""
        """What has the whole screen: "chart", "panel" or nothing."""
        self._chart_timer: Timer | None = None
        self._asked_to_draw = False
        level = self.tuningfork.settings.level
        self._charts = tuple(LineChart(level) for _ in CHARTS)
        self._names = tuple(Lines() for _ in CHARTS)
        self._values = tuple(Lines() for _ in CHARTS)
        """Beside the names and not in them: what is sent of a row begins at its widget's edge."""
        self._boxes = tuple(
            Vertical(Horizontal(name, value, classes="caption"), chart, classes="box")
            for name, value, chart in zip(self._names, self._values, self._charts, strict=True)
        )
        self._values[0].display = False
        for chart, name in zip(CHARTS[1:], self._names[1:], strict=True):
            name.styles.width = len(chart.title) + 2

    def body(self) -> Iterable[Widget]:
        """Yield the state, the charts and the panels."""
        yield Lines(id="head")
        charts = Vertical(
            Horizontal(*self._boxes[:2], classes="row"),
            Horizontal(*self._boxes[2:], classes="row"),
            id="charts",
        )
        left = Vertical(
            Lines(id="readout"),
            Lines(id="strip"),
            charts,
            Lines(id="tabs"),
            Page(id="panel"),
            id="left",
        )
        yield Horizontal(left, Page(id="aside"))

    def on_mount(self) -> None:
        """Look now, and go on looking while in sight."""
        every = self.tuningfork.settings.look_every
        looks = Feed(self, self._watch.look, every=every, more=lambda: self._watch.behind)
        self.follow(looks)
        self.query_one("#head", Lines).show([Text("Reading the event log.", style="muted")])

    def on_resize(self, event: events.Resize) -> None:
        """Use the room there is."""
        self._lay_out()

    # What is where.

    @property
    def _four(self) -> bool:
        """Whether four charts are in sight."""
        size = self.size
        return size.width >= WIDE and size.height >= _ROWS_FOR_FOUR and not self._zoomed

    @property
    def _in_sight(self) -> tuple[int, ...]:
        """The charts in sight, by number."""
        if self._four:
            return (0, 1, 2, max(self._chart, 3))
        with_room = self.size.height >= _FEWEST_ROWS
        return (self._chart,) if with_room and self._zoomed != "panel" else ()

    def _lay_out(self) -> None:
        """Show the widgets that have their place at this size, and hide the others."""
        width, height = self.size
        in_sight = self._in_sight
        for number, box in enumerate(self._boxes):
            box.display = number in in_sight
        for row, numbers in zip(self.query(".row"), ((0, 1), (2, 3, 4)), strict=True):
            row.display = any(number in in_sight for number in numbers)
        self.query_one("#charts").display = bool(in_sight)
        self.query_one("#strip").display = len(in_sight) == 1
        self.query_one("#readout").display = height >= _FEWEST_ROWS
        self.query_one("#aside").display = width >= WIDE and not self._zoomed
        for id in ("#tabs", "#panel"):
            self.query_one(id).display = self._zoomed != "chart"
        self._keep_focus()
        self._show_panels()
        self._show_values()
        self._show_captions()
        self._ask_to_draw()

    def _keep_focus(self) -> None:
        """Move the focus off a chart that went out of sight."""
        focused = self._focused_chart()
        if focused is not None and focused not in self._in_sight:
            shown = self._charts[self._in_sight[0]] if self._in_sight else None
            self.set_focus(shown or self.query_one("#panel", Page))

    def _focused_chart(self) -> int | None:
        """Return the number of the chart that has the focus."""
        focused = self.focused
        return self._charts.index(focused) if isinstance(focused, LineChart) else None

    # What arrives.

    @on(LineChart.Resized)
    def _chart_resized(self) -> None:
        self._ask_to_draw()

    def _ask_to_draw(self) -> None:
        """Draw once after the layout has settled, however many widgets asked for it."""
        if not self._asked_to_draw:
            self._asked_to_draw = True
            self.call_after_refresh(self._draw_again)

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self.hide_error()
        self._show(event.value)

    def _show(self, look: RunLook) -> None:
        """Put a look on the screen; equal parts paint nothing."""
        before, self._look = self._look, look
        lines = head_lines(look, behind=self._watch.behind)
        self.query_one("#head", Lines).show(lines)
        self._show_values()
        self._show_panels()
        if before is None or before.status.state != look.status.state:
            self.set_class(look.status.state in {"failed", "lost"}, "-fallen")
            self.show_keys()
            self._draw_charts()
        elif self._chart_timer is None:
            self._chart_timer = self.set_timer(_CHART_EVERY_S, self._draw_charts)
        slow = self.tuningfork.settings.slow_line
        self.say_status(status_line(look, self._folder.id, slow=slow))

    def _draw_charts(self) -> None:
        """Draw the newest look; what came in between is in it."""
        self._chart_timer = None
        if self._look is None:
            return
        self._show_captions()
        cursor = self._watch.view.cursor
        for number in self._in_sight:
            chart, plot = self._charts[number], self._look.plots[number]
            if len(plot.smooth) == chart.columns:
                chart.show(plot, None if cursor is None else plot.column_of(cursor))

    def _show_values(self) -> None:
        """Show the exact values at the cursor, or the newest ones."""
        if self._look is None:
            return
        values, view = self._look.values, self._watch.view
        line = Text("no step yet", style="muted")
        if values is not None:
            best = self._best() if view.cursor is None else None
            line = readout(values, self._look.state, best, with_time=view.axis == "time")
        self.query_one("#readout", Lines).show([line])
        self.query_one("#strip", Lines).show([chart_tabs(self._chart)])

    def _show_captions(self) -> None:
        """Name the charts in sight with their values; as seldom as the charts are drawn."""
        focused = self._focused_chart() if self._four else None
        values = self._look.values if self._look else None
        hosted = self._look is not None and self._look.state.hosted is not None
        for number in self._in_sight:
            self._names[number].show([chart_name(number, focused=number == focused, hosted=hosted)])
            self._values[number].show([chart_value(number, values)])

    def _best(self) -> tuple[int, float] | None:
        """Return step and loss of the best evaluation."""
        state = self._look.state if self._look else None
        if state is None or state.best_loss is None or state.best_step is None:
            return None
        return state.best_step, state.best_loss

    def _show_panels(self) -> None:
        """Show one panel below the charts, and on a wide screen the others beside them."""
        if self._look is None:
            return
        self._shown = replace(self._shown, tail=self._look.tail)
        tabs = Text()
        for number, title in enumerate(_TITLES):
            tabs.append(f" {title} ", style="here" if number == self._panel else "muted")
        self.query_one("#tabs", Lines).show([tabs])
        self.query_one("#panel", Page).show(self._panel_lines(self._panel))
        if self.query_one("#aside").display:
            lines: list[Line] = []
            for title in BESIDE:
                if (number := _TITLES.index(title)) != self._panel:
                    shown = self._panel_lines(number)[: _ASIDE_LINES.get(title, _USUAL_LINES)]
                    lines += [Text(title, style="strong"), *shown, Text("")]
            self.query_one("#aside", Page).show(lines)

    def _panel_lines(self, number: int) -> list[Line]:
        """Return the lines of one panel."""
        assert self._look is not None, "panels are shown after the first look"
        return PANELS[number][1](self._look.state, self._shown)

    def _draw_again(self) -> None:
        """Draw what is known for another view, after a look that is under way."""
        if not self._looks.lock.acquire(blocking=False):
            self.set_timer(_RETRY_S, self._draw_again)
            return
        self._asked_to_draw = False
        try:
            in_sight = self._in_sight
            columns = tuple(
                chart.columns if number in in_sight else 0
                for number, chart in enumerate(self._charts)
            )
            self._watch.view = replace(self._watch.view, columns=columns)
            look = self._watch.present() if self._watch.seen else None
        finally:
            self._looks.lock.release()
        if look is not None:
            self._show(look)
            self._draw_charts()

    # What is pressed.

    @on(LineChart.CursorMoved)
    def _cursor_moved(self, event: LineChart.CursorMoved) -> None:
        x = None if event.column is None else event.chart.x_of(event.column)
        self._watch.view = replace(self._watch.view, cursor=x)
        self._ask_to_draw()

    def on_descendant_focus(self) -> None:
        """Mark the chart that has the focus."""
        self._show_captions()

    def action_next_chart(self) -> None:
        """Go to the next chart; where only one is in sight, show it in its place."""
        if not self._in_sight:
            return
        focused = self._focused_chart()
        if self._four and focused is None:
            focused = -1
        self._chart = ((self._chart if focused is None else focused) + 1) % len(CHARTS)
        self._lay_out()
        self.set_focus(self._charts[self._chart])

    def action_show_panel(self, steps: int) -> None:
        """Go to the next panel or the one before."""
        self._panel = (self._panel + steps) % len(_TITLES)
        self._show_panels()

    def action_difference(self) -> None:
        """Go to the next way to look at samples; from another panel, to them."""
        there = _TITLES.index("Samples") - self._panel
        if there and not self.query_one("#aside").display:
            self.action_show_panel(there)
            return
        ways = list(AGAINST)
        following = ways[(ways.index(self._shown.against) + 1) % len(ways)]
        self._shown = replace(self._shown, against=following)
        self._show_panels()
        self.tuningfork.tell(Text(f"Samples {AGAINST[following]}."))

    def action_zoom_panel(self) -> None:
        """Give what has the focus the whole screen, or give it back."""
        focused = self._focused_chart()
        if self._zoomed:
            self._zoomed = ""
        elif focused is None:
            self._zoomed = "panel"
        else:
            self._zoomed, self._chart = "chart", focused
        self._lay_out()
        if self._zoomed == "panel":
            self.set_focus(self.query_one("#panel", Page))

    def action_smoothing(self) -> None:
        """Go to the next smoothing step."""
        place = SMOOTHING.index(self._watch.view.weight) + 1
        weight = SMOOTHING[place % len(SMOOTHING)]
        self._watch.view = replace(self._watch.view, weight=weight)
        self._draw_again()
        kept = f"{weight:.0%} of the past kept" if weight else "none"
        self.tuningfork.tell(Text(f"Smoothing: {kept}."))

    def action_log_y(self) -> None:
        """Switch the y axis of the chart that has the focus, else of the first in sight."""
        focused = self._focused_chart()
        numbers = (focused,) if focused is not None else self._in_sight[:1]
        for chart in (self._charts[number] for number in numbers):
            if not chart.set_log_y(not chart.log_y):
                self.tuningfork.tell(
                    Text("No logarithmic axis: a value is zero or below.", style="warn")
                )

    def action_time_axis(self) -> None:
        """Switch the x axis between steps and time, as a whole."""
        view = self._watch.view
        axis: Axis = "time" if view.axis == "step" else "step"
        self._watch.view = replace(view, axis=axis, zoom=0, start=None, cursor=None)
        self._draw_again()
        words = "the time spent in steps" if axis == "time" else "steps"
        self.tuningfork.tell(Text(f"The x axis shows {words}."))

    def action_zoom_x(self, steps: int) -> None:
        """Look closer, or wider."""
        if self._look is not None and (curves := self._watch.curves) is not None:
            self._watch.view = zoomed(self._look.state, curves, self._watch.view, steps)
            self._draw_again()

    def action_pan(self, steps: int) -> None:
        """Look at the part before or after."""
        if self._look is not None and (curves := self._watch.curves) is not None:
            if self._watch.view.zoom:
                self._watch.view = panned(self._look.state, curves, self._watch.view, steps)
                self._draw_again()
            else:
                self.tuningfork.tell(Text("All of the run is in sight; + looks closer."))

    def action_alert(self, steps: int) -> None:
        """Put the cursor on the next alert, or the one before."""
        curves = self._watch.curves
        if self._look is None or curves is None or not self._look.state.alerts:
            self.tuningfork.tell(Text("No alert.", style="muted"))
            return
        view = self._watch.view
        # Of several at one place the newest is told.
        placed = {place_of(one.step, curves, view): one for one in self._look.state.alerts}
        x = following(sorted(placed), view.cursor, steps)
        self._watch.view = replace(view, cursor=x)
        self._draw_again()
        if x in placed:
            self.tuningfork.tell(alert_line(placed[x]))
