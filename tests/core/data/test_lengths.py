"""Bins add up, a limit only ever takes more when it goes down, and counts are exact."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.lengths import (
    LONGEST_LIMIT,
    SHORTEST_LIMIT,
    Lengths,
    at_limit,
    bins,
    bounded,
    counted,
    stepped,
)
from core.data.scan.keys_of_block import columns_of
from core.data.scan.read_block import block_of_rows
from core.data.sources import to_row
from core.data.tokens import TURN_TOKENS

ROWS = st.lists(st.tuples(st.integers(0, 60_000), st.integers(1, 9)), max_size=40)
LIMITS = st.integers(1, 100_000)


def of_bytes(rows: list[tuple[int, int]]) -> Lengths:
    size = np.array([size for size, _ in rows], dtype=np.int64)
    turns = np.array([turns for _, turns in rows], dtype=np.int64)
    least = np.sort(-(-size // 6))
    return Lengths(least=least, most=np.sort(size + TURN_TOKENS * turns), exact=False)


@given(ROWS, LIMITS, st.integers(1, 60))
def test_the_bins_hold_every_row_once_and_leave_no_gap(
    rows: list[tuple[int, int]], limit: int, most: int
) -> None:
    lengths = of_bytes(rows)
    found = bins(lengths, limit=limit, most=most)
    assert sum(one.rows for one in found) == len(rows)
    assert len(found) <= most
    assert [one.low for one in found[1:]] == [one.high for one in found[:-1]]
    for one in found:
        assert one.rows == sum(one.low < tokens <= one.high for tokens in lengths.most)
    assert found[-1].high >= max(limit, lengths.longest)


@given(ROWS, LIMITS, LIMITS)
def test_a_lower_limit_never_takes_less(rows: list[tuple[int, int]], one: int, other: int) -> None:
    lengths = of_bytes(rows)
    low, high = (at_limit(lengths, limit) for limit in sorted((one, other)))
    assert low.fits <= high.fits
    assert low.longer >= high.longer
    assert low.cut >= high.cut
    for found in (low, high):
        assert found.fits + found.unproven + found.longer == len(rows)
        assert found.unproven >= 0


SEQUENCES = st.lists(st.lists(st.booleans(), max_size=80), max_size=20)


@given(SEQUENCES, st.integers(1, 100))
def test_exact_counts_say_what_is_cut_and_what_of_it_carries_loss(
    rows: list[list[bool]], limit: int
) -> None:
    longest = max(map(len, rows), default=0)
    trained_at = np.zeros(longest, dtype=np.int64)
    for row in rows:
        trained_at[: len(row)] += np.array(row, dtype=np.int64)
    found = at_limit(counted(np.array([len(r) for r in rows], dtype=np.int64), trained_at), limit)
    assert found.longer == sum(len(row) > limit for row in rows)
    assert found.unproven == 0
    assert found.cut == sum(len(row[limit:]) for row in rows)
    assert found.trained_cut == sum(sum(row[limit:]) for row in rows)


def test_a_step_up_and_a_step_down_lead_back() -> None:
    limit, seen = 2048, []
    for _ in range(4):
        limit = stepped(limit, 1)
        seen.append(limit)
    assert seen == [3072, 4096, 6144, 8192]
    assert stepped(limit, -4) == 2048
    assert stepped(SHORTEST_LIMIT, -1) == SHORTEST_LIMIT
    assert stepped(LONGEST_LIMIT, 5) == LONGEST_LIMIT


@pytest.mark.parametrize("limit", [24, 2048, 3072])
def test_the_limit_lies_on_a_border_of_the_bins(limit: int) -> None:
    found = bins(of_bytes([(5, 1), (3000, 2)]), limit=limit, most=50)
    assert limit in [one.high for one in found]


def test_bytes_prove_a_fit_and_bound_what_is_cut() -> None:
    line = (
        '{"messages": [{"role": "user", "content": "é"}, {"role": "assistant", "content": "abc"}]}'
    )
    columns = columns_of(block_of_rows([to_row(line.encode(), number=1)]))
    lengths = bounded(columns)
    assert lengths.most.tolist() == [5 + 2 * TURN_TOKENS]
    assert lengths.least.tolist() == [1]
    assert at_limit(lengths, 21) == (21, 1, 0, 0, 0, None)
    assert at_limit(lengths, 16) == (16, 0, 1, 0, 5, None)
