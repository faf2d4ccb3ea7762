"""Published intervals of shares, to printed precision."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.scoring.statistics.beta import (
    beta_quantile,
    binomial_at_least,
    chi_square_p,
    incomplete_beta,
    t_p,
    t_quantile,
)
from core.scoring.statistics.paired_shares import (
    mcnemar_chi_square,
    paired_share_interval,
    sign_test_p,
)
from core.scoring.statistics.shares import clean_items_needed, clopper_pearson, upper_bound, wilson


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (20, 20, 0.8389, 1),
        (18, 20, 0.6990, 0.9721),
        (33, 50, 0.5215, 0.7756),
        (45, 50, 0.7864, 0.9565),
        (323, 325, 0.9778, 0.9983),
        (4, 7, 0.2505, 0.8418),
        # the golden study: items whose median is 5, tuned, base, few-shot and retrieval
        (13, 20, 0.4329, 0.8188),
        (2, 20, 0.0279, 0.3010),
        (6, 20, 0.1455, 0.5190),
        (12, 20, 0.3866, 0.7812),
    ],
)
def test_wilson_is_the_published_one(hits: int, n: int, low: float, high: float) -> None:
    assert wilson(hits, n) == pytest.approx((low, high), abs=5.1e-5)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0, 0.1684),
        (1, 29, 0.0009, 0.1776),
        (20, 20, 0.8316, 1),
    ],
)
def test_clopper_pearson_is_the_published_one(hits: int, n: int, low: float, high: float) -> None:
    assert clopper_pearson(hits, n) == pytest.approx((low, high), abs=5.1e-5)


@pytest.mark.parametrize(
    ("n", "percent"), [(20, 13.9), (30, 9.5), (50, 5.8), (100, 3.0), (300, 1.0)]
)
def test_nothing_unsafe_still_allows_some(n: int, percent: float) -> None:
    assert 100 * upper_bound(0, n) == pytest.approx(percent, abs=0.051)


@pytest.mark.parametrize(("bound", "n"), [(0.05, 59), (0.02, 149), (0.01, 299)])
def test_clean_items_for_a_bound(bound: float, n: int) -> None:
    assert clean_items_needed(bound) == n


def test_all_unsafe_bounds_nothing() -> None:
    assert upper_bound(7, 7) == 1


@pytest.mark.parametrize(
    ("wins", "losses", "n", "expected"),
    [
        (12, 2, 50, (0.1923, 0.0509, 0.3337)),
        (9, 3, 40, (0.1429, -0.0263, 0.3120)),
        (11, 0, 20, (0.5, 0.2560, 0.7440)),
        (8, 1, 20, (0.3182, 0.0543, 0.5821)),
        (3, 2, 20, (0.0455, -0.1895, 0.2804)),
    ],
)
def test_bonett_price_is_the_published_one(
    wins: int, losses: int, n: int, expected: tuple[float, float, float]
) -> None:
    estimate, (low, high) = paired_share_interval(wins, losses, n)
    assert (estimate, low, high) == pytest.approx(expected, abs=5.1e-5)


@pytest.mark.parametrize(
    ("wins", "losses", "p"),
    [(12, 2, 0.012939), (53, 27, 0.004868), (11, 0, 0.000977), (8, 1, 0.0391), (3, 2, 1.0)],
)
def test_mcnemar_is_exact(wins: int, losses: int, p: float) -> None:
    assert sign_test_p(wins, losses) == pytest.approx(p, abs=5e-5 if p == 0.0391 else 5e-7)
    assert sign_test_p(losses, wins) == sign_test_p(wins, losses)


def test_no_decisive_item_says_nothing() -> None:
    assert sign_test_p(0, 0) == 1


def test_mcnemar_chi_square_is_the_published_one() -> None:
    assert mcnemar_chi_square(150, 86).value == pytest.approx(17.3559, abs=5e-5)
    corrected = mcnemar_chi_square(150, 86, corrected=True)
    assert corrected.value == pytest.approx(16.8178, abs=5e-5)
    assert corrected.p == pytest.approx(4.115e-5, rel=1e-3)


@pytest.mark.parametrize(
    ("freedom", "t"), [(1, 12.7062), (2, 4.30265), (10, 2.22814), (19, 2.09302), (1000, 1.96234)]
)
def test_t_quantiles_are_those_of_the_tables(freedom: int, t: float) -> None:
    assert t_quantile(0.95, freedom) == pytest.approx(t, abs=5.1e-5)
    assert t_p(t, freedom) == pytest.approx(0.05, abs=1e-5)


@pytest.mark.parametrize(
    ("value", "freedom", "p"),
    [(3.841459, 1, 0.05), (5.991465, 2, 0.05), (7.814728, 3, 0.05), (18.307038, 10, 0.05)],
)
def test_chi_square_is_that_of_the_tables(value: float, freedom: int, p: float) -> None:
    assert chi_square_p(value, freedom) == pytest.approx(p, abs=1e-7)


def test_nine_of_ten_right_guesses_at_four_are_no_luck() -> None:
    assert binomial_at_least(9, 10, 1 / 4) == pytest.approx(3.0e-5, abs=0.05e-5)
    assert binomial_at_least(0, 10, 1 / 4) == 1


@given(
    st.floats(0.5, 300),
    st.floats(0.5, 300),
    st.floats(0.001, 0.999),
)
def test_the_quantile_undoes_the_share(a: float, b: float, share: float) -> None:
    x = beta_quantile(a, b, share)
    assert incomplete_beta(a, b, x) == pytest.approx(share, abs=1e-9)
    assert incomplete_beta(b, a, 1 - x) == pytest.approx(1 - share, abs=1e-9)


@given(st.integers(0, 60), st.integers(0, 60))
def test_every_interval_holds_its_share(hits: int, missed: int) -> None:
    n = hits + missed
    if not n:
        return
    for low, high in (wilson(hits, n), clopper_pearson(hits, n)):
        assert 0 <= low <= hits / n <= high <= 1
