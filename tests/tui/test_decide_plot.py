"""The break-even as a picture and as a table: both say what the curves say."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.decide.break_even import BreakEven, break_even
from core.decide.money import same, span
from tui.decide_offers import offers
from tui.decide_plot import money, plot_rows, short
from tui.decide_volumes import table_lines, volume_words
from tui.glyphs import Level
from tui.widgets.plotting import GUTTER

LEVELS: tuple[Level, ...] = ("braille", "block", "ascii")


def meets(*, apart: int = 1) -> BreakEven:
    """Return a break-even from 1,000 on, to as many times later at worst."""
    return break_even(
        hosted="h",
        own="m",
        currency="USD",
        slope=span(Fraction(1, apart), 1),
        fixed=same(1000),
        capacity=same(10**9),
    )


def drawn(
    found: BreakEven, asked: float | None, level: Level = "ascii", *, width: int = 79
) -> list[str]:
    return [row.plain for row in plot_rows(found, asked, width=width, height=14, level=level)]


@pytest.mark.parametrize("level", LEVELS)
def test_a_range_is_a_band_and_a_known_cost_a_line(level: Level) -> None:
    band, line = drawn(meets(apart=50), None, level), drawn(meets(), None, level)
    column = GUTTER + 3
    filled = [sum(row[column] not in " │┤" for row in rows[:-2]) for rows in (band, line)]
    assert filled[0] > filled[1] + 2
    assert filled[1] == 2, "one cell of hosting, one of the machine"


def test_the_bands_carry_letters_so_that_no_colour_is_needed() -> None:
    for level in LEVELS:
        text = "\n".join(drawn(meets(apart=50), None, level))
        assert "H" in text
        assert "M" in text


def test_bands_that_lie_over_each_other_look_like_neither() -> None:
    assert any("x" in row for row in drawn(meets(apart=50), None))
    assert not any("x" in row[: GUTTER + 10] for row in drawn(meets(apart=50), None))


def test_the_own_volume_stands_where_it_lies_on_the_axis() -> None:
    places = []
    for asked in (300, 1000, 3000):
        *_, axis, _labels = drawn(meets(), asked)
        places.append(axis.index("▲"))
    assert places == sorted(set(places))
    assert "▲" not in drawn(meets(), None)[-2]
    rows = drawn(meets(), 300)
    at = rows[-2].index("▲")
    assert sum(row[at] == "│" for row in rows) > 5


def test_the_break_even_is_the_thick_part_of_the_axis() -> None:
    *_, axis, _labels = drawn(meets(apart=10), None)
    start, end = axis.index("━"), axis.rindex("━")
    assert GUTTER < start < end < len(axis) - 1
    never = break_even(
        hosted="h",
        own="m",
        currency="USD",
        slope=span(Fraction(1, 10), 1),
        fixed=same(1000),
        capacity=same(2000),
    )
    assert drawn(never, None)[-2].endswith("━"), "at worst it never comes"


@pytest.mark.parametrize("asked", [0, 0.5, 10**15, 1e300])
def test_a_volume_beyond_the_axis_stands_at_its_edge(asked: float) -> None:
    axis = drawn(meets(), asked)[-2]
    assert axis.index("▲") == (GUTTER if asked < 1 else len(axis) - 1)


@given(
    ends=st.lists(st.fractions(0, 10**7), min_size=4, max_size=4),
    capacity=st.integers(1, 10**8),
    asked=st.none() | st.floats(0, 1e300),
    width=st.integers(10, 220),
    height=st.integers(3, 60),
    level=st.sampled_from(LEVELS),
)
@settings(max_examples=60, deadline=None)
def test_any_costs_are_drawn_inside_their_frame(
    ends: list[Fraction],
    capacity: int,
    asked: float | None,
    width: int,
    height: int,
    level: Level,
) -> None:
    slope, fixed = (span(*sorted(ends[at : at + 2])) for at in (0, 2))
    found = break_even(
        hosted="", own="", currency="USD", slope=slope, fixed=fixed, capacity=same(capacity)
    )
    rows = plot_rows(found, asked, width=width, height=height, level=level)
    assert len(rows) == height
    assert {row.cell_len for row in rows} == {max(width, GUTTER + 1)}


def test_the_table_marks_the_own_volume_and_fits_a_small_screen() -> None:
    lines = list(table_lines(meets(apart=50), 1_200))
    assert max(map(len, lines)) <= 79
    at = next(n for n, line in enumerate(lines) if "your volume" in line)
    assert lines[at - 1].split() == ["1,200", "24.00", "to", "1,200", "1,000", "depends"]
    assert lines[-1].endswith("machine")
    assert lines[1].endswith("hosting")


def test_what_costs_less_at_the_own_volume_is_a_sentence() -> None:
    assert "100 requests a day: USD 100 a month hosted" in volume_words(meets(), 100)
    assert "hosting costs less" in volume_words(meets(), 100)
    assert "the machine costs less" in volume_words(meets(), 10_000)
    assert "depends" in volume_words(meets(apart=50), 10_000)
    assert "not known" in volume_words(meets(), None)


def test_round_volumes_are_written_short() -> None:
    assert [short(10**power) for power in (0, 2, 3, 5, 6, 9, 12)] == [
        "1",
        "100",
        "1k",
        "100k",
        "1M",
        "1G",
        "1T",
    ]
    assert [money(amount) for amount in (0.02, 5.0, 2000.0, 5e6)] == ["0.02", "5", "2k", "5M"]


def test_the_cheapest_offers_for_a_cost_come_first_and_the_rest_is_counted() -> None:
    def line(name: str, low: str | None, currency: str | None = "USD") -> dict[str, object]:
        return {"name": name, "low": low, "currency": currency}

    rents = [line("rent", low) for low in ("9.00", "10.00", "1.00", "2.00")]
    found = list(offers([*rents, line("disk", None, None), line("search", "5", "EUR")]))
    assert [[one["low"] for one in cost.shown] for cost in found] == [
        ["1.00", "2.00", "9.00"],
        [None],
        ["5"],
    ]
    assert [cost.dearer for cost in found] == [1, 0, 0]
    mixed = list(offers([line("rent", "9.00"), line("rent", "1.00", "EUR")]))
    assert [one["low"] for one in mixed[0].shown] == ["9.00", "1.00"], "no currency is converted"
    assert next(iter(offers([{"low": "x"}, {"low": []}]))).dearer == 0
