"""Tests of the study itself, and measures corrected by people."""

import pytest

from core.scoring.statistics.bias import (
    Choice,
    blinding_test,
    length_controlled,
    length_report,
    position_test,
    sample_ratio_p,
)
from core.scoring.statistics.corrected import prediction_powered, rogan_gladen

LONG, SHORT = len("much longer output" * 30), len("shorter output")


@pytest.mark.parametrize(("first", "p"), [(32, 0.065), (35, 0.0066)])
def test_the_first_answer_has_no_right_to_win(first: int, p: float) -> None:
    found = position_test(first, 50)
    assert found.p == pytest.approx(p, abs=5.1e-4 if first == 32 else 5.1e-5)
    assert found.interval.low < first / 50 < found.interval.high


def test_raters_who_know_are_caught() -> None:
    assert blinding_test(9, 10, 4).p == pytest.approx(3.0e-5, abs=0.051e-5)
    assert blinding_test(3, 10, 4).p > 0.4


@pytest.mark.parametrize(("one", "other", "p"), [(520, 480, 0.206), (540, 460, 0.0114)])
def test_a_broken_assignment_shows(one: int, other: int, p: float) -> None:
    assert sample_ratio_p(one, other) == pytest.approx(p, abs=5.1e-4 if one == 520 else 5.1e-5)


def test_the_pull_of_length_is_measured() -> None:
    chosen = [
        Choice(chosen=len("short"), other=len("long output")),
        Choice(chosen=len("short"), other=len("somewhat short")),
        Choice(chosen=LONG, other=SHORT),
    ]
    found = length_report(chosen)
    assert found.mean_ratio == pytest.approx(12.127706, abs=5e-7)
    assert (found.longer_chosen, found.decisive) == (1, 3)
    assert length_report(chosen, at_least=30)[:2] == (1, 1)
    assert length_report([]) == (0, 0, 0.0)


def test_a_win_that_length_explains_vanishes_at_equal_length() -> None:
    explained = [(True, 300)] * 20 + [(False, -100)] * 10
    found = length_controlled(explained)
    assert found.raw == pytest.approx(2 / 3)
    assert found.controlled < 0.5
    assert found.slope > 1


def test_length_that_explains_nothing_changes_little() -> None:
    same = length_controlled(
        [(True, 100), (True, -100), (False, 100), (False, -100), (True, 0)] * 9
    )
    assert same.controlled == pytest.approx(same.raw, abs=0.06)
    equal = length_controlled([(True, 0)] * 30 + [(False, 0)] * 10)
    assert equal.controlled == pytest.approx(0.75, abs=0.01)
    assert equal.slope == 0


def test_a_clean_sweep_stays_finite() -> None:
    found = length_controlled([(True, 50)] * 12)
    assert found.raw == 1
    assert 0.5 < found.controlled < 1


def test_people_correct_a_judge() -> None:
    judged = [1.0] * 13 + [0.0] * 7
    pairs = [(1, 1), (1, 1), (1, 0), (0, 0), (1, 1), (0, 0), (1, 1), (0, 1)]
    found = prediction_powered(judged, pairs)
    assert (found.mean, found.error) == pytest.approx((0.65, 0.2184), abs=5.1e-5)
    assert found.interval.low < 0.65 < found.interval.high


def test_known_error_rates_correct_a_share() -> None:
    assert rogan_gladen(0.30, sensitivity=0.90, specificity=0.85) == pytest.approx(0.20)
    assert rogan_gladen(0.05, sensitivity=0.90, specificity=0.85) == 0
    with pytest.raises(ValueError, match="no better than chance"):
        rogan_gladen(0.3, sensitivity=0.5, specificity=0.5)
