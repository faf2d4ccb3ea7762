"""Whether the data is ready: the verdict, every finding with its remedy, the split and its lock."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events, on
from textual.containers import Container
from textual.widget import Widget

from core.machine import human_bytes
from tui.data_look import DataLook, DataWatch
from tui.feed import Arrived, Feed
from tui.keymap import Key, Where, bindings
from tui.screens.stage import StageScreen
from tui.screens.two_columns import WIDE
from tui.widgets.page import Hanging, Line, Lines, Page, field
from tui.widgets.record_table import NOTHING, Column, RecordTable, records_of
from tui.widgets.safe_text import safe_text
from tui.wording import sign

if TYPE_CHECKING:
    from core.data.checking import Finding
    from core.data.rows import Fault
    from tui.screens.row import RowSet

_LOOK_EVERY_S = 2.0
_ROWS_NAMED = 40
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


class InspectScreen(StageScreen):
    """Shows the newest dataset."""

    PLACES: ClassVar[tuple[Where, ...]] = ("data", "inspect", "list")
    BINDINGS: ClassVar = bindings("data", "inspect")
    DEFAULT_CSS = """
    InspectScreen #verdict { height: 7; }
    InspectScreen #both { layout: vertical; }
    InspectScreen #findings { height: 1fr; }
    InspectScreen #detail { height: 1fr; margin-top: 1; }
    InspectScreen.-beside #both { layout: horizontal; }
    InspectScreen.-beside #findings { width: 3fr; }
    InspectScreen.-beside #detail { width: 2fr; margin: 0 0 0 3; }
    InspectScreen.-nothing #verdict { height: 1fr; }
    InspectScreen.-nothing #both { display: none; }
    """

    def __init__(self) -> None:
        super().__init__("inspect")
        self._look: DataLook | None = None
        self._watch: DataWatch | None = None

    def body(self) -> Iterable[Widget]:
        """Yield the verdict, the findings and the one under the cursor."""
        yield Lines(id="verdict", wrap=True)
        yield Container(
            RecordTable(
                Column(title="severity", width=10),
                Column(title="rows", width=7, right=True),
                Column(title="check", width=18, at_least=60),
                Column(title="what it means"),
                empty=(Text("  No finding.", style="muted"),),
                id="findings",
            ),
            Page(id="detail"),
            id="both",
        )

    def on_mount(self) -> None:
        """Read the dataset now and whenever it changes."""
        self._watch = DataWatch(self.tuningfork.workspace)
        look, more = self._watch.look, self._watch.reads_on
        self.feed(Feed(self, look, every=_LOOK_EVERY_S, more=more))
        self.query_one("#verdict", Lines).show([Text("Reading the newest file of rows.")])

    def on_unmount(self, _: events.Unmount) -> None:
        """Stop reading."""
        if self._watch is not None:
            self._watch.leave()

    def on_resize(self, event: events.Resize) -> None:
        """Put the finding beside the list where there is room."""
        self.set_class(event.size.width >= WIDE, "-beside")

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self.hide_error()
        look: DataLook | None = event.value
        self._look = look
        self.show_keys()
        self.set_class(look is None or look.profile is None, "-nothing")
        verdict = self.query_one("#verdict", Lines)
        findings = self.query_one("#findings", RecordTable)
        if look is None:
            verdict.show(EMPTY)
            self.say_status(Text("Nothing inspected.", style="muted"))
            return
        verdict.show(list(verdict_lines(look)))
        found = look.profile.findings if look.profile else ()
        rows = [(_key(one), _cells(one)) for one in found]
        findings.show(records_of(rows) if rows else NOTHING)
        self._show_detail()
        self.say_status(safe_text(look.place, limit=200, ink="muted"))

    @on(RecordTable.Moved)
    def _show_detail(self) -> None:
        finding = self._finding()
        lines = detail_lines(finding) if finding else []
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
            chosen = replace(rows, numbers=finding.rows, check=finding.check, faults=faults)
            self.app.push_screen(RowScreen(chosen))

    def action_browse(self) -> None:
        """List every row."""
        from tui.screens.rows import RowsScreen

        rows = self._row_set(self._look) if self._look else None
        if rows is not None:
            self.app.push_screen(RowsScreen(rows))

    def _row_set(self, look: DataLook) -> "RowSet | None":
        """Return all rows of the file, None while there is none."""
        from tui.screens.row import RowSet

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
        )

    def _finding(self) -> "Finding | None":
        """Return the finding under the cursor."""
        key = self.query_one("#findings", RecordTable).key
        found = self._look.profile.findings if self._look and self._look.profile else ()
        return next((one for one in found if _key(one) == key), None)

    def works_now(self, key: Key) -> bool:
        """Return whether there are rows to list, tokens to see, or columns that need roles."""
        if key.id == "browse-rows":
            return bool(self._look and self._look.rows)
        if key.id == "roles":
            seen = self._look.seen if self._look else None
            unknown = seen is not None and seen.shape is None and bool(seen.columns)
            return unknown or bool(self._look and self._look.mapped)
        return key.id != "tokens" or bool(self._look and self._look.split)

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
        """Return the rows of the finding under the cursor, else the file."""
        finding = self._finding()
        if finding is not None and self.query_one("#findings").has_focus:
            return " ".join(str(row) for row in finding.rows)
        return str(self._look.source) if self._look else ""


def verdict_lines(look: DataLook) -> Iterator[Line]:
    """Yield how good the data is, how it is split, and what was not looked at."""
    name = safe_text(look.name, limit=60, ink="strong")
    profile = look.profile
    if profile is None:
        yield Text.assemble(name, "  ", safe_text(look.place), " is not there any more.")
        yield Text("")
        return
    glyph, ink = sign(profile.verdict)
    tokens = human_bytes(profile.bytes_total)
    rows = f"  {profile.rows:,} rows, {profile.valid_rows:,} usable, {profile.format}, {tokens}"
    verdict = f"{glyph} {profile.verdict.upper()}"
    if profile.read < 1:
        verdict, ink = f"▸ READING {profile.read:.0%}", "accent"
    yield Text.assemble((verdict, ink), "  ", name, rows)
    if look.changed:
        yield Text(
            "▲ The file changed since it was split; the split stands as it was.", style="warn"
        )
    if look.seen is not None and look.seen.shape is None and look.seen.columns:
        yield Text.assemble(
            ("▲ No known shape of row: ", "warn"), ("m", "key"), " gives its columns roles."
        )
    yield from _split_lines(look)
    missed = ", ".join(profile.not_scanned)
    yield Hanging(Text.assemble(("Not scanned  ", "muted"), (missed, "muted")), 13)


def _split_lines(look: DataLook) -> Iterable[Line]:
    """Yield the parts and the lock."""
    if look.split is None:
        source = safe_text(look.place, ink="key")
        command = Text.assemble(("tuningfork split ", "key"), source)
        yield field("Split", Text.assemble("none, and no holdout is locked: ", command), width=13)
        return
    parts = [f"{part} {look.split.get(part, 0):,}" for part in ("train", "validation", "holdout")]
    root = safe_text(str(look.split.get("root", "")), limit=12, ink="muted")
    line = Text.assemble(", ".join(parts), "  ", ("✓ holdout locked ", "good"), root)
    yield field("Split", line, width=13)


def detail_lines(finding: "Finding", *, rows: int = _ROWS_NAMED) -> list[Line]:
    """Return all that is known of a finding."""
    named = ", ".join(str(row) for row in finding.rows[:rows])
    more = f" and {len(finding.rows) - rows} more" if len(finding.rows) > rows else ""
    lines: list[Line] = [
        safe_text(finding.message, limit=1000),
        field("do this", safe_text(finding.remedy, limit=1000), width=9),
        field("rows", Text(f"{named}{more}"), width=9),
        Text(""),
    ]
    for fault in finding.faults[:rows]:
        place = f"row {fault.row}  " if fault.row is not None else "file  "
        path = safe_text(f"{fault.path} " if fault.path else "", limit=60, ink="muted")
        where = Text.assemble((place, "muted"), path, safe_text(fault.message))
        lines.append(Hanging(where, 9))
    return lines


def by_row(faults: "Iterable[Fault]") -> "Mapping[int, Sequence[Fault]]":
    """Return what checks say about each row."""
    found: dict[int, list[Fault]] = defaultdict(list)
    for fault in faults:
        if fault.row is not None:
            found[fault.row].append(fault)
    return found


def _cells(finding: "Finding") -> tuple[Text, ...]:
    """Return a finding as cells."""
    glyph, ink = sign(finding.severity)
    return (
        Text(f"{glyph} {finding.severity}", style=ink),
        Text(f"{len(finding.rows):,}"),
        safe_text(finding.check, limit=40),
        safe_text(finding.message),
    )


def _key(finding: "Finding") -> str:
    return f"{finding.check} {finding.severity}"


def make() -> InspectScreen:
    """Return the screen of its mode."""
    return InspectScreen()
