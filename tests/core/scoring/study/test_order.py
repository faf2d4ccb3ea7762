from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.scoring.study.order import deal, williams

KEY = b"k" * 32


def test_the_squares_are_the_published_ones() -> None:
    assert ["".join(map(str, row)) for row in williams(4)] == ["0132", "1203", "2310", "3021"]
    assert ["".join(map(str, row)) for row in williams(3)] == [
        "012", "120", "201", "210", "021", "102",
    ]  # fmt: skip


@pytest.mark.parametrize("contenders", range(2, 9))
def test_everybody_has_every_place_and_every_neighbour_equally_often(contenders: int) -> None:
    rows = williams(contenders)
    places = Counter((place, one) for row in rows for place, one in enumerate(row))
    neighbours = Counter(pair for row in rows for pair in pairwise(row))
    assert len(places) == contenders**2
    assert len(set(places.values())) == 1
    assert len(neighbours) == contenders * (contenders - 1)
    assert len(set(neighbours.values())) == 1


@settings(max_examples=60, deadline=None)
@given(
    items=st.integers(2, 40),
    slot=st.integers(0, 20),
    repeats=st.floats(0, 0.5),
    data=st.data(),
)
def test_every_item_is_met_once_and_some_again(
    items: int, slot: int, repeats: float, data: st.DataObject
) -> None:
    side = data.draw(st.permutations(range(4)))
    sides = [tuple(side) if number % 3 else (0, 1, 0, 2) for number in range(items)]
    shown = deal(sides, key=KEY, slot=slot, repeats=repeats)
    first = [one.item for one in shown if one.occurrence == 0]
    again = [one.item for one in shown if one.occurrence == 1]
    assert sorted(first) == list(range(items))
    assert len(again) == len(set(again)) == min(items // 2, round(repeats * items))
    for one in shown:
        assert sorted(one.places) == sorted(set(sides[one.item]))
    for item in again:
        met = [place for place, one in enumerate(shown) if one.item == item]
        assert met[1] - met[0] > len(first) // 4


def test_over_a_study_every_contender_stands_at_every_place_equally_often() -> None:
    shown = deal([(0, 1, 2, 3)] * 40, key=KEY, slot=0, repeats=0.0)
    places = Counter((place, side) for one in shown for place, side in enumerate(one.places))
    assert set(places.values()) == {10}


def test_raters_meet_items_in_different_orders_and_each_always_in_the_same() -> None:
    sides = [(0, 1, 2)] * 12
    orders = [deal(sides, key=KEY, slot=slot, repeats=0.1) for slot in (0, 1, 0)]
    assert orders[0] == orders[2] != orders[1]
    assert deal(sides, key=b"j" * 32, slot=0, repeats=0.1) != orders[0]
