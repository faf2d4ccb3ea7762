"""Whether the data is ready: the verdict, every finding with its remedy, the split and its lock."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events, on
from textual.containers import Container, Vertical
from textual.widget import Widget

from tui.answered_rows import key_of
from tui.data_look import DataLook, DataWatch
from tui.feed import Arrived, Feed
from tui.inspect_lines import detail_lines, verdict_lines
from tui.keymap import Key, Where, bindings
from tui.screens.counted import CountedScreen
from tui.screens.mended import LookAt, MendedScreen
from tui.screens.two_columns import WIDE
from tui.widgets.page import Hanging, Line, Lines, Page
from tui.widgets.record_table import NOTHING, Column, RecordTable, records_of
from tui.widgets.safe_text import safe_text
from tui.widgets.size_chart import SizeChart
from tui.wording import sign

if TYPE_CHECKING:
    from core.data.checking import Finding
    from core.data.lengths import Lengths
    from core.data.rows import Fault
    from tui.mending import Mending
    from tui.row_set import RowSet

_LOOK_EVERY_S = 2.0
_MOST_VERDICT = 11
"""Rows of the verdict at most; below it the findings must be in sight."""
_FOLDED_BELOW = 30
"""Rows of a terminal in which each line of the verdict has to do with one row."""
EMPTY: tuple[Line, ...] = (
    Text("No dataset yet.", style="strong"),
    Text(""),
    Hanging(
        Text.assemble(("tuningfork inspect FILE.jsonl", "key"), "   profiles a file, row by row"),
        32,
    ),
    Hanging(
        Text.assemble(
            ("tuningfork split FILE.jsonl", "key"), "     makes a split and locks a holdout"
        ),
        32,
    ),
    Text(""),
    Text("A .jsonl file in the workspace folder shows up here by itself."),
)


class InspectScreen(MendedScreen, CountedScreen):
    """Shows the newest dataset."""

    PLACES: ClassVar[tuple[Where, ...]] = ("data", "inspect", "list")
    BINDINGS: ClassVar = bindings("data", "inspect")
    DEFAULT_CLASSES = "-nothing"
    DEFAULT_CSS = """
    InspectScreen #verdict { height: 7; margin-bottom: 1; }
    InspectScreen #both { layout: vertical; }
    InspectScreen #findings { height: 3fr; }
    InspectScreen #side { height: 2fr; margin-top: 1; }
    InspectScreen #detail { height: 1fr; }
    InspectScreen #sizes { height: 1fr; display: none; }
    InspectScreen.-sizes #sizes { display: block; }
    InspectScreen.-sizes #detail { display: none; }
    InspectScreen.-sizes #findings { display: none; }
    InspectScreen.-sizes #side { margin-top: 0; }
    InspectScreen.-beside #both { layout: horizontal; }
    InspectScreen.-beside #findings { width: 3fr; display: block; }
    InspectScreen.-beside #side { width: 2fr; height: 1fr; margin: 0 0 0 3; }
    InspectScreen.-beside #detail { display: block; }
    InspectScreen.-beside #sizes { display: block; height: 14; }
    InspectScreen.-nothing #verdict { height: 1fr; }
    InspectScreen.-nothing #both { display: none; }
    """

    def __init__(self) -> None:
        super().__init__("inspect")
        self._look: DataLook | None = None
        self._watch: DataWatch | None = None
        self._feed: Feed[DataLook | None] | None = None
        self._filter = ""
        self._arrived_once = False
        self._moved = False
        """Whether somebody moved the cursor; until then it stays on the worst finding so far."""

    def body(self) -> Iterable[Widget]:
        """Yield the verdict, the findings and the one under the cursor."""
        self.set_class(self.app.size.width >= WIDE, "-beside")  # before there is much to style
        yield Lines(id="verdict", wrap=True)
        yield Container(
            RecordTable(
                Column(title="severity", width=10),
                Column(title="rows", width=7, right=True),
                Column(title="answered", width=8, right=True, at_least=100),
                Column(title="check", width=18, at_least=60),
                Column(title="what it means"),
                empty=(Text("  No finding.", style="muted"),),
                id="findings",
            ),
            Vertical(Page(id="detail"), SizeChart(id="sizes"), id="side"),
            id="both",
        )

    def on_mount(self) -> None:
        """Read the dataset now and whenever it changes."""
        app = self.tuningfork
        self._watch = DataWatch(app.workspace)
        look, more = self._watch.look, self._watch.reads_on
        self._feed = Feed(self, look, every=_LOOK_EVERY_S, more=more)
        self.feed(self._feed)
        self.query_one("#verdict", Lines).show([Text("Reading the newest file of rows.")])

    def on_unmount(self, _: events.Unmount) -> None:
        """Stop reading."""
        if self._watch is not None:
            self._watch.leave()

    def on_resize(self, event: events.Resize) -> None:
        """Put the finding beside the list where there is room."""
        self.set_class(event.size.width >= WIDE, "-beside")
        self.show_now()

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self.hide_error()
        self._look, self._arrived_once = event.value, True
        look = self._look
        self.count_once(look.countable if look is not None else None)
        self.show_now()
        if look is not None and look.glimpsed:
            # What checks the rows takes the processor for longer than painting the first ones.
            self.query_one("#verdict", Lines).when_painted(self._go_on)

    def _go_on(self) -> None:
        """Have every row read."""
        if self._watch is not None and self._feed is not None:
            self._watch.go_on()
            self._feed.look()

    def show_now(self) -> None:
        """Show what is known now."""
        look = self._look
        if not self._arrived_once:
            return
        self.show_keys()
        self.set_class(look is None or look.profile is None, "-nothing")
        verdict = self.query_one("#verdict", Lines)
        if look is None:
            verdict.show(EMPTY)
            verdict.styles.height = "1fr"
            self.say_status(Text("Nothing inspected.", style="muted"))
            return
        folded = self.size.height < _FOLDED_BELOW
        verdict.wrap = not folded and not look.glimpsed
        verdict.show(list(self._verdict(look, room=verdict.size.width if folded else None)))
        if look.glimpsed:
            self._say_where(look)
            return
        verdict.styles.height = min(verdict.needed, _MOST_VERDICT)
        rows = [(key_of(one), self._cells(one)) for one in self._findings()]
        table = self.query_one("#findings", RecordTable)
        table.show(records_of(rows) if rows else NOTHING)
        if rows and not self._moved:
            table.point_at(rows[0][0])
        self._show_detail()
        self.show_limit()
        self._say_where(look)

    def _verdict(self, look: DataLook, *, room: int | None) -> Iterable[Line]:
        """Return the lines about the whole file."""
        return verdict_lines(look, self.account, self.counting_words, room=room)

    def action_about(self) -> None:
        """Show the lines about the whole file where nothing of them is cut."""
        if self._look is not None:
            self.tuningfork.show_page("About the file", list(self._verdict(self._look, room=None)))

    def _say_where(self, look: DataLook) -> None:
        """Say which file this is, and which findings are left out."""
        place = safe_text(look.place, limit=200, ink="muted")
        if not self._filter:
            self.say_status(place)
            return
        chosen = safe_text(self._filter, limit=40, ink="accent")
        shown = f" ({len(self._findings())} findings; / and enter shows all)  "
        self.say_status(Text.assemble("only ", chosen, (shown, "muted"), place))

    def lengths(self) -> "Lengths | None":
        """Return the best that is known of the rows' lengths."""
        if self.account is not None:
            return self.account.lengths
        overview = self._look.overview if self._look else None
        return overview.lengths if overview and overview.rows else None

    def _findings(self) -> "Sequence[Finding]":
        """Return the findings that are not filtered out."""
        profile = self._look.profile if self._look else None
        found: Sequence[Finding] = profile.findings if profile else ()
        if self.account is not None:
            from core.training.exact_truncation import with_exact_truncation

            found = with_exact_truncation(found, self.account)
        wanted = self._filter.casefold()
        return [
            one
            for one in found
            if wanted in f"{one.check} {one.severity} {one.message} {one.remedy}".casefold()
        ]

    def _cells(self, finding: "Finding") -> tuple[Text, ...]:
        """Return a finding as cells."""
        glyph, ink = sign(finding.severity)
        done = self._answered(finding)
        return (
            Text(f"{glyph} {finding.severity}", style=ink),
            Text(f"{finding.row_count:,}"),
            Text(f"{done:,}" if done else "", style="good"),
            safe_text(finding.check, limit=40),
            safe_text(finding.message),
        )

    def _answered(self, finding: "Finding") -> int:
        return self._look.answered.get(key_of(finding), 0) if self._look else 0

    @on(RecordTable.Moved)
    def _went(self) -> None:
        self._moved = True
        self._show_detail()

    def _show_detail(self) -> None:
        finding = self._finding()
        lines = detail_lines(finding, answered=self._answered(finding)) if finding else []
        self.query_one("#detail", Page).show(lines)

    @on(RecordTable.Opened)
    def _opened(self) -> None:
        finding, look = self._finding(), self._look
        if finding is None or look is None or look.profile is None:
            return
        if not finding.rows:
            self.tuningfork.show_page("Finding", detail_lines(finding, rows=1000))
            return
        from tui.screens.row import RowScreen

        rows = self._row_set(look)
        if rows is not None:
            faults = by_row(finding.faults)
            chosen = replace(
                rows,
                numbers=finding.rows,
                check=finding.check,
                faults=faults,
                partner=finding.partners.of,
            )
            self.app.push_screen(RowScreen(chosen))

    def action_browse(self) -> None:
        """List every row."""
        from tui.screens.rows import RowsScreen

        rows = self._row_set(self._look) if self._look else None
        if rows is not None:
            self.app.push_screen(RowsScreen(rows))

    def _row_set(self, look: DataLook) -> "RowSet | None":
        """Return all rows of the file, None while there is none."""
        from tui.row_set import RowSet

        if look.profile is None or look.rows is None:
            return None
        faults = by_row(fault for finding in look.profile.findings for fault in finding.faults)
        path, sha256, index = look.rows
        return RowSet(
            source=path,
            sha256=sha256,
            index=index,
            numbers=range(1, len(index) + 1),
            faults=faults,
            limit=self.limit,
        )

    def _finding(self) -> "Finding | None":
        """Return the finding under the cursor."""
        key = self.query_one("#findings", RecordTable).key
        return next((one for one in self._findings() if key_of(one) == key), None)

    def works_now(self, key: Key) -> bool:
        """Return whether there are rows to list, tokens to see, or columns that need roles."""
        if key.id == "browse-rows":
            return bool(self._look and self._look.rows)
        if key.id == "roles":
            seen = self._look.seen if self._look else None
            unknown = seen is not None and seen.shape is None and bool(seen.columns)
            return unknown or bool(self._look and self._look.mapped)
        has_sizes = self.lengths() is not None
        if key.id == "sizes":
            return has_sizes and not self.has_class("-beside")
        if key.id in {"limit-down", "limit-up"}:
            return has_sizes and (self.has_class("-beside") or self.has_class("-sizes"))
        rows = self._look.rows if self._look else None
        if key.id == "about-file":
            return self._look is not None
        if key.id == "filter-findings":
            return rows is not None
        if key.id == "inspect-write":
            return rows is not None and bool(rows.sha256)
        if key.id == "count":
            countable = self._look.countable if self._look else None
            return countable is not None and self.account is None
        return key.id != "tokens" or bool(self._look and self._look.split)

    def action_sizes(self) -> None:
        """Switch to the lengths of the rows and back; the list gets its keys again."""
        super().action_sizes()
        if not self.has_class("-sizes"):
            self.query_one("#findings").focus()

    def action_filter(self) -> None:
        """Ask which findings are wanted."""
        from tui.screens.ask_text import AskTextScreen

        question = Text("Show only findings that hold these words; nothing shows all.")
        self.app.push_screen(AskTextScreen(question, hint="a check, or words"), self._filter_by)

    def _filter_by(self, words: str | None) -> None:
        if words is not None:
            self._filter = words
            self.show_now()

    def mending(self) -> "Mending | None":
        """Return the desk of the file in sight."""
        from tui.mending import Mending

        rows = self._look.rows if self._look else None
        if rows is None or not rows.sha256:
            return None
        app = self.tuningfork
        return Mending(app.workspace, rows.path, rows.sha256, rows.lines, app.settings.clock)

    @on(LookAt)
    def _look_at(self, event: LookAt) -> None:
        if self._watch is not None and self._feed is not None:
            self._watch.prefer(event.path)
            self._feed.look()

    def action_roles(self) -> None:
        """Ask what the columns of the file are."""
        from tui.screens.mapping import MappingScreen

        if self._look is not None:
            self.app.push_screen(MappingScreen(self._look.source, self.mode))

    def action_tokens(self) -> None:
        """Ask by whose recipe the rows of the split are to be seen."""
        from tui.screens.token_sources import TokenSourcesScreen

        if self._look is not None and self._look.split is not None:
            self.app.push_screen(TokenSourcesScreen(self.mode, split=self._look.name))

    def exactly(self) -> list[Line]:
        """Return the commands that print the same."""
        source = str(self._look.source) if self._look else "FILE.jsonl"
        return [
            safe_text(f"tuningfork inspect {source}", ink="key"),
            safe_text(f"tuningfork split {source}", ink="key"),
        ]

    def value(self) -> str:
        """Return the first rows of the finding under the cursor, else the file."""
        from core.data.checking import ROWS_SHOWN

        finding = self._finding()
        if finding is not None and self.query_one("#findings").has_focus:
            return " ".join(str(row) for row in finding.rows[:ROWS_SHOWN])
        return str(self._look.source) if self._look else ""


def by_row(faults: "Iterable[Fault]") -> "Mapping[int, Sequence[Fault]]":
    """Return what checks say about each row."""
    found: dict[int, list[Fault]] = defaultdict(list)
    for fault in faults:
        if fault.row is not None:
            found[fault.row].append(fault)
    return found


def make() -> InspectScreen:
    """Return the screen of its mode."""
    return InspectScreen()
