"""Where hosting and an own machine cost the same, against searches over every volume."""

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.decide.break_even import (
    BreakEven,
    break_even,
    first_volume,
    lasting_volume,
    own_cost,
    recorded_break_even,
)
from core.decide.money import Range, same, span
from core.decide.volumes import MOST, span_of, volume_rows


def _by_hand(*, machine: int, fast: int | None = None) -> BreakEven:
    """Return hosting at one dollar a million tokens against one GPU at one dollar an hour."""
    return break_even(
        hosted="h",
        own="m",
        currency="USD",
        slope=same(Fraction(365, 12) * 500 / 1_000_000),
        fixed=same(730),
        capacity=span(machine, fast or machine),
    )


def test_the_break_even_is_worked_by_hand() -> None:
    # 1 x 365/12 x (400 x 1 + 100 x 1) / 1e6 = 0.0152083 a month for a request a day;
    # 1 x 730 a month / 0.0152083 = 48,000 requests; one GPU answers 100 x 86,400 / 100 = 86,400.
    found = _by_hand(machine=86_400)
    assert (found.low, found.high) == (48_000, 48_000)
    (point,) = found.curve([48_000])
    assert point.hosted_low == point.own_low == Decimal("730.00")


def test_a_machine_that_cannot_answer_enough_never_pays() -> None:
    found = _by_hand(machine=43_200)
    assert found.low is None
    assert "never costs less" in found.words
    found = _by_hand(machine=43_200, fast=86_400)
    assert (found.low, found.high) == (48_000, None)
    assert "at worst never" in found.words


@given(
    slope=st.fractions(0, 20, max_denominator=20),
    fixed=st.fractions(0, 300, max_denominator=20),
    capacity=st.fractions(1, 60, max_denominator=5),
)
@settings(max_examples=150, deadline=None)
def test_the_break_even_is_what_a_search_over_volumes_finds(
    slope: Fraction, fixed: Fraction, capacity: Fraction
) -> None:
    searched = next((v for v in range(200) if slope * v >= own_cost(v, fixed, capacity)), None)
    assert first_volume(slope, fixed, capacity) == searched


@given(st.lists(st.fractions(Fraction(1, 100), 10, max_denominator=100), min_size=6, max_size=6))
@settings(max_examples=100, deadline=None)
def test_the_best_case_is_never_later_than_the_worst(ends: list[Fraction]) -> None:
    slope, fixed, capacity = (span(*sorted(ends[at : at + 2])) for at in (0, 2, 4))
    found = break_even(
        hosted="", own="", currency="USD", slope=slope, fixed=fixed, capacity=capacity * 100
    )
    assert found.high is None or (found.low is not None and found.low <= found.high)


@given(
    slope=st.fractions(0, 20, max_denominator=9),
    fixed=st.fractions(0, 100, max_denominator=9),
    capacity=st.fractions(1, 40, max_denominator=3),
)
@settings(max_examples=150, deadline=None)
def test_from_where_machines_pay_for_good_is_what_a_search_finds(
    slope: Fraction, fixed: Fraction, capacity: Fraction
) -> None:
    beyond = 1_000
    losses = [v for v in range(beyond) if slope * v < own_cost(v, fixed, capacity)]
    searched = max(losses, default=-1) + 1
    found = lasting_volume(slope, fixed, capacity)
    if searched < beyond // 2:
        assert found == searched
    else:
        assert found is None or found > beyond // 2


def test_a_further_machine_makes_hosting_cheaper_for_a_while_and_that_is_said() -> None:
    # One machine pays from 48,000 to its load of 60,000, two from 96,000 to 120,000, three from
    # 144,000 to 180,000, four from 192,000 to 240,000, which is where five take over.
    found = _by_hand(machine=60_000)
    assert (found.low, found.high, found.for_good) == (48_000, 48_000, 192_000)
    assert found.cheaper(60_000) == "machine"
    assert found.cheaper(60_001) == "hosted"
    assert found.cheaper(192_000) == found.cheaper(300_001) == "machine"
    assert "for good from 192,000" in found.words
    assert "for a while" in _by_hand(machine=48_000).words
    assert found.cheaper(0) == "hosted"


def test_ranges_that_overlap_settle_nothing() -> None:
    found = break_even(
        hosted="h",
        own="m",
        currency="USD",
        slope=span(1, 2),
        fixed=span(100, 150),
        capacity=span(10**6, 10**6),
    )
    assert (found.low, found.high) == (50, 150)
    assert [found.cheaper(v) for v in (49, 50, 51, 149, 150)] == [
        "hosted",
        "either",
        "either",
        "either",
        "machine",
    ]


def test_a_recorded_break_even_is_drawn_as_it_was() -> None:
    found = _by_hand(machine=60_000, fast=90_000)
    stored = json.loads(json.dumps(found.as_json()))
    assert recorded_break_even(stored) == found


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"slope": 3, "fixed": ["1", "1"], "capacity": ["1", "1"]},
        {"slope": ["x", "1"], "fixed": ["1", "1"], "capacity": ["1", "1"]},
        {"slope": ["1/0", "1"], "fixed": ["1", "1"], "capacity": ["1", "1"]},
        {"slope": ["1", "1"], "fixed": ["1", "1"], "capacity": ["0", "1"]},
        {"slope": ["1", "1", "1"], "fixed": ["1", "1"], "capacity": ["1", "1"]},
    ],
)
def test_what_was_recorded_without_curves_is_not_drawn(broken: dict[str, object]) -> None:
    assert recorded_break_even(broken) is None


def test_the_volumes_listed_are_round_ones_the_break_even_and_the_persons_own() -> None:
    rows = volume_rows(_by_hand(machine=86_400), 1_200.5)
    marked = {row.point.requests_per_day: row.mark for row in rows if row.mark}
    assert marked == {1_200: "your volume", 48_000: "break-even at best, break-even at worst"}
    volumes = [row.point.requests_per_day for row in rows]
    assert volumes == sorted(set(volumes))
    assert {1_000, 10_000, 100_000} <= set(volumes)
    assert [row.cheaper for row in rows if row.mark] == ["hosted", "machine"]


@given(
    ends=st.lists(st.fractions(Fraction(1, 1000), 10**6), min_size=6, max_size=6),
    asked=st.none() | st.floats(0, 1e300),
)
@settings(max_examples=100, deadline=None)
def test_any_break_even_has_a_span_of_volumes_to_show(
    ends: list[Fraction], asked: float | None
) -> None:
    slope, fixed, capacity = (Range(*sorted(ends[at : at + 2])) for at in (0, 2, 4))
    found = break_even(
        hosted="", own="", currency="USD", slope=slope, fixed=fixed, capacity=capacity
    )
    first, last = span_of(found, asked)
    assert 1 <= first < last <= MOST
    rows = volume_rows(found, asked)
    assert len(rows) < 25
    if asked is not None and asked <= MOST:
        assert any("your volume" in row.mark for row in rows)
