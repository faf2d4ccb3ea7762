import io
import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.text import Text
from textual.app import App, ComposeResult
from textual.color import Color
from textual.screen import Screen
from textual.strip import Strip

from core.text_safety import visible
from tests.support.hostile import HOSTILE
from tests.support.screen_text import screen_text
from tui import plain
from tui.glyphs import GLYPHS, SafeOutput, choose_level
from tui.widgets.answer_pane import wrapped
from tui.widgets.canvas import _changed_span
from tui.widgets.inks import InkScreen
from tui.widgets.line_chart import LineChart
from tui.widgets.page import Lines, Page
from tui.widgets.plotting import Plot, Range, chart_rows, range_for
from tui.widgets.record_table import Column, Records, RecordTable, records_of
from tui.widgets.safe_text import safe_lines, safe_text
from tui.wording import age, coarse, duration, figure, span

ANYTHING = st.text(st.characters(min_codepoint=0, max_codepoint=0x10FFFF, exclude_categories=[]))
BLACK = Color(0, 0, 0)


class Stand(App[None]):
    """Holds one widget on a screen of ours."""

    def __init__(self, make: Callable[[], Any]) -> None:
        super().__init__()
        self._make = make

    def get_default_screen(self) -> Screen[Any]:
        make = self._make

        class Holder(InkScreen[None]):
            def compose(self) -> ComposeResult:
                yield make()

        return Holder()


@given(ANYTHING)
def test_safe_text_is_one_literal_line(value: str) -> None:
    text = safe_text(value, limit=80)
    assert "\n" not in text.plain
    assert not text.spans
    assert visible(text.plain) == text.plain


@given(ANYTHING)
def test_safe_lines_hold_no_control_byte(value: str) -> None:
    for line in safe_lines(value, limit=200):
        assert visible(line.plain) == line.plain


@given(ANYTHING, st.sampled_from(["braille", "block", "ascii"]))
def test_the_last_defence_leaves_only_text(value: str, level: Any) -> None:
    (segment,) = SafeOutput(level).apply([Segment(value)], BLACK)
    assert not any((ord(c) < 32 and c != "\t") or 0x7F <= ord(c) <= 0x9F for c in segment.text)
    segment.text.encode()
    if level == "ascii":
        assert segment.text.isascii()


@given(st.text("漢字ab✓●…é", max_size=30))
def test_ascii_stands_in_cell_for_cell(value: str) -> None:
    (segment,) = SafeOutput("ascii").apply([Segment(value)], BLACK)
    assert cell_len(segment.text) == cell_len(value)


def test_every_glyph_is_one_cell_wide_at_every_level() -> None:
    for glyph in GLYPHS:
        assert [cell_len(one) for one in glyph] == [1, 1, 1], glyph
        assert glyph.ascii.isascii()


def test_the_level_follows_the_terminal() -> None:
    assert choose_level("utf-8", "xterm-256color") == "braille"
    assert choose_level("UTF-8", "linux") == "block"
    assert choose_level("latin-1", "xterm") == "ascii"
    assert choose_level(None, None) == "ascii"


@given(st.text("ab漢 é", max_size=20), st.text("ab漢 é", max_size=20))
def test_only_the_changed_span_is_repainted_and_no_wide_character_is_cut(
    before: str, after: str
) -> None:
    width = 24
    old, new = Strip([Segment(before)]), Strip([Segment(after)])
    x, size = _changed_span(old, new, width)
    old, new = old.adjust_cell_length(width), new.adjust_cell_length(width)
    painted = Strip.join([old.crop(0, x), new.crop(x, x + size), old.crop(x + size, width)])
    assert painted.text == new.text


def test_equal_rows_repaint_nothing() -> None:
    assert _changed_span(Strip([Segment("a漢b")]), Strip([Segment("a漢b")]), 10)[1] == 0


def rows(plot: Plot, level: Any = "braille", **more: Any) -> list[str]:
    y = range_for(plot.values, None, log=more.get("log", False))
    options = {"width": 29, "height": 8, "level": level, "log": False, "cursor": None} | more
    return [row.plain for row in chart_rows(plot, y, **options)]


def test_a_spike_of_one_step_survives() -> None:
    low = tuple(1.0 for _ in range(40))
    high = (*low[:20], 9.0, *low[21:])
    drawn = rows(Plot(low=low, high=high, smooth=low))
    assert drawn[0][9 + 10] != " "


def test_a_value_that_is_no_number_is_a_mark_and_never_a_dot() -> None:
    drawn = rows(Plot(low=(None,) * 40, high=(None,) * 40, smooth=(None,) * 40, broken={4}))
    assert drawn[0][9 + 2] == "!"
    assert not any(0x2800 < ord(c) <= 0x28FF for row in drawn for c in row)


def test_a_gap_breaks_the_line() -> None:
    smooth = (1.0, *(None,) * 38, 1.0)
    joined = rows(Plot(low=(None,) * 40, high=(None,) * 40, smooth=smooth))
    broken = rows(Plot(low=(None,) * 40, high=(None,) * 40, smooth=smooth, gaps=frozenset({39})))
    dots = [
        sum(0x2800 < ord(c) <= 0x28FF for row in drawn for c in row) for drawn in (joined, broken)
    ]
    assert dots[0] >= 20
    assert dots[1] == 2


@pytest.mark.parametrize("level", ["braille", "block", "ascii"])
def test_every_row_of_a_chart_is_as_wide_as_the_chart(level: Any) -> None:
    across = {"braille": 40, "block": 20, "ascii": 20}[level]
    values = tuple(math.sin(x) + 2 for x in range(across))
    plot = Plot(low=values, high=values, smooth=values, evals=((3, 2.0),), letters=((5, "B"),))
    drawn = rows(plot, level)
    assert {cell_len(row) for row in drawn} == {29}
    assert any("◆" in row for row in drawn)
    assert "B" in drawn[-2]


def test_the_y_range_is_round_and_stays_while_it_fits() -> None:
    first = range_for([1.1, 2.9], None, log=False)
    assert first == Range(1.0, 3.0)
    assert range_for([1.2, 2.5], first, log=False) is first
    assert range_for([0.2, 2.5], first, log=False) != first
    assert range_for([0.03, 3.0], None, log=True) == Range(0.02, 5.0)


async def test_a_logarithmic_axis_refuses_what_has_no_logarithm() -> None:
    app = Stand(lambda: LineChart("braille"))
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        chart = app.screen.query_one(LineChart)
        chart.show(Plot(low=(0.0,), high=(1.0,), smooth=(1.0,)))
        assert not chart.set_log_y(True)
        chart.show(Plot(low=(0.5,), high=(1.0,), smooth=(1.0,)))
        assert chart.set_log_y(True)


async def test_a_key_pressed_before_the_first_plot_is_done_when_the_plot_comes() -> None:
    app = Stand(lambda: LineChart("braille"))
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        chart = app.screen.query_one(LineChart)
        for key in ("left", "left", "right", "left"):
            await pilot.press(key)
        values = tuple(float(n) for n in range(chart.columns))
        chart.show(Plot(low=values, high=values, smooth=values))
        await pilot.pause()
        assert chart._cursor == chart.columns - 3
        chart.show(Plot(low=values, high=values, smooth=values))
        await pilot.pause()
        assert chart._cursor is None


async def test_a_million_records_cost_what_is_in_sight() -> None:
    asked = []

    def cells(i: int) -> tuple[Text, ...]:
        asked.append(i)
        return (Text(f"row {i}"),)

    app = Stand(lambda: RecordTable(Column(title="name")))
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        table = app.screen.query_one(RecordTable)
        table.show(Records(count=1_000_000, key=str, cells=cells))
        await pilot.pause()
        await pilot.press("G")
        await pilot.pause()
        assert "row 999999" in screen_text(app)
        assert len(set(asked)) <= 40


async def test_the_cursor_stays_on_its_row_when_others_come() -> None:
    def shown(*names: str) -> Records:
        return records_of([(name, (Text(name),)) for name in names])

    app = Stand(lambda: RecordTable(Column(title="name"), empty=(Text("none here"),)))
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        table = app.screen.query_one(RecordTable)
        table.show(shown("a", "b", "c"))
        await pilot.press("j")
        table.show(shown("new", "a", "b", "c"))
        assert table.key == "b"
        table.show(shown("a"))
        assert table.key == "a"
        table.show(shown())
        assert table.key is None
        await pilot.pause()
        assert "none here" in screen_text(app)


@pytest.mark.parametrize("word", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_words_do_no_harm_in_any_widget(word: str) -> None:
    def page() -> Page:
        made = Page()
        made.show([safe_text(word), *safe_lines(word)])
        return made

    def lines() -> Lines:
        made = Lines(wrap=True)
        made.show([safe_text(word)])
        return made

    def table() -> RecordTable:
        made = RecordTable(Column(title="a", width=9), Column(title="b"))
        made.show(records_of([(word, (safe_text(word), safe_text(word, limit=5)))]))
        return made

    for make in (page, lines, table):
        app = Stand(make)
        async with app.run_test(size=(30, 8)) as pilot:
            await pilot.pause()
            for row in screen_text(app).splitlines():
                assert cell_len(row) <= 30
                assert visible(row) == row


async def test_a_page_says_how_much_is_below() -> None:
    def page() -> Page:
        made = Page()
        made.show([Text(f"line {n}") for n in range(30)])
        return made

    app = Stand(page)
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        assert "21 more below" in screen_text(app)
        await pilot.press("G")
        await pilot.pause()
        assert "line 29" in screen_text(app)


def test_words_for_figures_are_short_and_steady() -> None:
    assert [duration(s) for s in (5, 65, 700, 4000, 200_000)] == [
        "5 s",
        "1 min 05 s",
        "11 min",
        "1 h 06 min",
        "2 d 7 h",
    ]
    assert [age(s) for s in (0, 3, 9, 59, 61, 4000)] == [
        "now",
        "2 s ago",
        "5 s ago",
        "30 s ago",
        "1 min ago",
        "65 min ago",
    ]
    assert span(240, 310) == "4–5 min"
    assert span(50, 50) == "about 50 s"
    assert coarse(8000) == "2 h"
    assert figure(None) == "–"
    assert figure(0.00001) == "1.00e-05"


def test_lines_are_wanted_where_no_screen_can_be() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    here = Terminal()
    assert not plain.wanted(here, here, {"TERM": "xterm"})
    assert plain.wanted(here, here, {"TERM": "dumb"})
    assert plain.wanted(here, here, {})
    assert plain.wanted(io.StringIO(), here, {"TERM": "xterm"})
    assert plain.wanted(here, None, {"TERM": "xterm"})


@given(st.text(st.sampled_from("ab cd  "), max_size=300), st.integers(1, 40))
def test_an_answer_is_wrapped_without_losing_a_letter(line: str, width: int) -> None:
    rows = wrapped(line, width)
    assert all(len(row) <= width for row in rows)
    assert "".join(rows).replace(" ", "") == line.replace(" ", "")
    assert len(line) - sum(map(len, rows)) <= len(rows) - 1
    for row, following in pairwise(rows):
        word = following.split(" ")[0]
        assert len(row) == width or len(row) + 1 + len(word) > width
