"""Published strengths of teams, to printed precision."""

import pytest

from core.scoring.statistics.bradley_terry import bootstrap_strengths, bradley_terry

BASEBALL = [
    [0, 7, 9, 7, 7, 9, 11],
    [6, 0, 7, 5, 11, 9, 9],
    [4, 6, 0, 7, 7, 8, 12],
    [6, 8, 6, 0, 6, 7, 10],
    [6, 2, 6, 7, 0, 7, 12],
    [4, 4, 5, 6, 6, 0, 6],
    [2, 4, 1, 3, 1, 7, 0],
]
"""Milwaukee, Detroit, Toronto, New York, Boston, Cleveland, Baltimore in 1987."""


def test_the_strengths_of_the_american_league() -> None:
    found = bradley_terry(BASEBALL)
    logits = [1.5814, 1.4364, 1.2945, 1.2476, 1.1077, 0.6839, 0]
    assert found.logits == pytest.approx(logits, abs=5.1e-5)
    errors = [0.3433, 0.3396, 0.3367, 0.3359, 0.3339, 0.3319, 0]
    assert found.errors == pytest.approx(errors, abs=5.1e-5)
    assert not found.smoothed


def test_strengths_on_the_scale_of_a_geometric_mean() -> None:
    found = bradley_terry([[0, 2, 0, 1], [3, 0, 5, 0], [0, 3, 0, 1], [4, 0, 3, 0]])
    assert found.shares == pytest.approx([0.6398, 1.0433, 0.6598, 2.2704], abs=5.1e-5)


@pytest.mark.parametrize(
    "wins",
    [
        [[0, 5, 5], [0, 0, 5], [0, 0, 0]],
        [[0, 9], [0, 0]],
        [[0, 0], [0, 0]],
        [[0, 3, 0, 0], [0, 0, 0, 0], [0, 0, 0, 2], [0, 0, 1, 0]],
    ],
)
def test_clean_sweeps_and_strangers_have_finite_strengths(wins: list[list[int]]) -> None:
    found = bradley_terry(wins)
    assert found.smoothed
    assert all(abs(one) < 20 for one in (*found.logits, *found.errors))
    assert list(found.logits) == sorted(found.logits, reverse=True) or len(wins) == 4


def test_names_change_no_number() -> None:
    order = [3, 0, 5, 6, 1, 4, 2]
    moved = bradley_terry([[BASEBALL[a][b] for b in order] for a in order])
    shares = bradley_terry(BASEBALL).shares
    assert moved.shares == pytest.approx([shares[at] for at in order], abs=1e-9)


def test_the_interval_draws_items_not_votes() -> None:
    one_vote = [{(0, 1): 1.0}] * 12 + [{(1, 0): 1.0}] * 6
    ten_votes = [dict.fromkeys(item, 10.0) for item in one_vote]
    once = bootstrap_strengths(one_vote, 2, resamples=200)
    often = bootstrap_strengths(ten_votes, 2, resamples=200)
    assert once[0] is not None
    assert once[0].low < 0.69 < once[0].high
    assert often[0] == pytest.approx(once[0], abs=0.02)
    assert once[1] == (0, 0)
