"""Welch's interval, on the sleep data of Student (1908) as R's `t.test` prints it."""

import pytest

from core.scoring.statistics.difference import estimate, less

ONE = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
OTHER = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def test_the_difference_of_two_means_is_welchs() -> None:
    found = less(estimate(ONE), estimate(OTHER))
    assert found.mean / found.error == pytest.approx(-1.8608, abs=5e-5)
    assert found.freedom == pytest.approx(17.776, abs=5e-4)
    assert found.interval() == pytest.approx((-3.3654832, 0.2054832), abs=1e-6)


def test_one_value_says_nothing_about_its_error() -> None:
    alone = estimate([3.0])
    assert alone.interval() == (-float("inf"), float("inf"))
    assert less(alone, estimate([1.0, 2.0])).interval() == (-float("inf"), float("inf"))


def test_values_without_spread_have_an_interval_without_width() -> None:
    found = less(estimate([3.0, 3.0]), estimate([1.0, 1.0, 1.0]))
    assert found.interval() == (2.0, 2.0)
