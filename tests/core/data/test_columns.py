"""What is kept of every row finds equal rows, whatever the keys look like."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.checking import FAULTS_SHOWN, Check, Tallies, count_faults
from core.data.repeats import repeated
from core.data.rows import Fault, LikeRows
from core.data.scan import columns as columns_module
from core.data.scan.columns import GrowingColumns, firsts
from core.data.scan.keys_of_block import columns_of
from core.data.scan.read_block import read_block

TOP = 1 << 63
keys = st.lists(st.one_of(st.integers(0, 4), st.integers(TOP, TOP + 4), st.just(2**64 - 1)))


@given(keys)
def test_each_key_is_led_to_the_first_one_equal_to_it(some: list[int]) -> None:
    found = np.array(some, np.uint64)
    assert firsts(found).tolist() == [some.index(key) for key in some]
    twice = {place for place, key in enumerate(some) if some.count(key) > 1}
    assert twice <= set(repeated(found).tolist())


def test_rows_counted_together_are_those_counted_one_by_one() -> None:
    check = Check(id="c", severity="review", message="m", remedy="r")
    rows, others = np.arange(5, 1505), np.arange(1, 1501)
    like = LikeRows(check="c", rows=rows, others=others, says=lambda place: f"is {others[place]}")
    together: Tallies = {}
    count_faults(together, check, [like])
    alone: Tallies = {}
    count_faults(alone, check, [*like.faults(2000)])
    assert together == alone
    tally = together["c", "review"]
    assert (tally.count, len(tally.rows), len(tally.faults)) == (1500, 1500, FAULTS_SHOWN)
    assert tally.faults[7] == Fault(check="c", row=12, message="is 8", other=8)
    assert tally.partners.of(1504) == 1500


def test_no_rows_are_no_finding() -> None:
    check = Check(id="c", severity="review", message="m", remedy="r")
    nothing = np.empty(0, np.int64)
    found: Tallies = {}
    count_faults(found, check, [LikeRows(check="c", rows=nothing, others=nothing, says=str)])
    assert not found


@pytest.mark.parametrize("at_once", [1, 7, 1 << 17])
def test_columns_are_read_in_parts_that_are_let_go_of(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns_module, "_AT_ONCE", at_once)
    monkeypatch.setattr(columns_module, "_PLACES_AT_ONCE", at_once)
    said = [number % 20 for number in range(50)]
    turns = ({"role": "assistant", "content": f"answer {number}"} for number in said)
    text = b"\n".join(json.dumps({"messages": [turn]}).encode() for turn in turns)
    growing = GrowingColumns()
    growing.add(columns_of(read_block(text)))
    found = growing.columns()
    again = found.repeated(found.rows, found.words)
    assert {place for place in range(50) if said.count(said[place]) > 1} <= set(again.tolist())
    all_rows = np.arange(50)
    assert found.taken(all_rows, found.words).tolist() == found.words(all_rows).tolist()
    numbers = found.taken(all_rows[5:9], lambda some: found.number[some])
    assert numbers.tolist() == [6, 7, 8, 9]
    assert found.taken(all_rows[:0], found.words).tolist() == []
