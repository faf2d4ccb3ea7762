"""A compact set of row numbers is the same as a sorted list of them."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.row_numbers import RowNumbers

NUMBERS = st.lists(st.integers(min_value=1, max_value=3000), max_size=60)


@given(NUMBERS, NUMBERS)
def test_it_is_a_sorted_list_of_different_numbers(some: list[int], more: list[int]) -> None:
    rows = RowNumbers(some)
    before = rows.copy()
    rows.update(RowNumbers(more))
    wanted = sorted({*some, *more})
    assert list(rows) == wanted
    assert len(rows) == len(wanted)
    assert [rows[place] for place in range(len(wanted))] == wanted
    assert [rows.index(number) for number in wanted] == list(range(len(wanted)))
    assert rows[:7] == tuple(wanted[:7])
    assert all((number in rows) == (number in wanted) for number in range(3002))
    assert pickle.loads(pickle.dumps(rows)) == rows == tuple(wanted)
    assert list(before) == sorted(set(some))


@given(NUMBERS, st.integers(min_value=0, max_value=4000))
def test_what_is_not_there_has_no_place(some: list[int], number: int) -> None:
    rows = RowNumbers(some)
    if number not in some:
        with pytest.raises(ValueError, match=str(number)):
            rows.index(number)
    with pytest.raises(IndexError):
        rows[len(rows)]
    if some:
        assert rows[-1] == max(some)


def test_a_row_costs_a_bit_wherever_it_stands() -> None:
    rows = RowNumbers(range(5_000_000, 5_080_000))
    assert len(pickle.dumps(rows)) < 11_000


@given(NUMBERS, NUMBERS)
def test_many_at_once_are_the_same_as_one_by_one(some: list[int], more: list[int]) -> None:
    rows = RowNumbers(some)
    rows.add_all(np.array(more, np.int64))
    assert rows == RowNumbers([*some, *more])
    assert len(rows) == len({*some, *more})
