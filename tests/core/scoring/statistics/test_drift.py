"""A session's scores move, or they do not."""

import pytest

from core.scoring.statistics.drift import fast_ratings, score_drift


def test_scores_that_fall_are_seen() -> None:
    found = score_drift([5, 5, 5, 4, 5, 4, 3, 4, 3, 3, 2, 3, 1, 2, 1])
    assert found is not None
    assert found.change < -3
    assert found.interval.high < 0
    assert found.p < 0.001


def test_a_line_fitted_by_hand() -> None:
    found = score_drift([1, 2, 2, 4])
    assert found is not None
    # slope 0.9, residual sum 0.7, error sqrt(0.35 / 5)
    assert found.change == pytest.approx(2.7)
    half = 4.302653 * (0.35 / 5) ** 0.5 * 3
    assert found.interval == pytest.approx((2.7 - half, 2.7 + half), abs=1e-5)


@pytest.mark.parametrize(("scores", "p"), [([3, 3, 3, 3], 1.0), ([1, 2, 3], 0.0)])
def test_scores_without_noise(scores: list[int], p: float) -> None:
    found = score_drift(scores)
    assert found is not None
    assert found.p == p


def test_two_ratings_show_no_drift() -> None:
    assert score_drift([1, 5]) is None


def test_hasty_ratings_are_counted() -> None:
    assert fast_ratings([0.4, 2.9, 3.0, 40]) == 2
