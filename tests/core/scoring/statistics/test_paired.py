"""Published paired tests, to printed precision, and what must not change a number."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.scoring.statistics.multiple import holm
from core.scoring.statistics.paired import clustered_t, paired_t
from core.scoring.statistics.rank import friedman, mean_ranks
from core.scoring.statistics.sign_flip import sign_flip, sign_flip_p, whole_numbers
from tests.support import golden_study

MAIZE = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
"""Fisher's reading of Darwin's measurements."""


@pytest.mark.parametrize(
    ("differences", "p"),
    [
        (MAIZE, 1726 / 32768),
        ([1] * 5, 0.0625),
        ([1] * 6, 0.03125),
        ([0] * 9, 1.0),
        ([], 1.0),
        ([1] * 12 + [-1] * 2, 0.012939),
        ([1] * 53 + [-1] * 27, 0.004868),
    ],
)
def test_sign_flip_counts_ties_and_is_exact(differences: list[int], p: float) -> None:
    assert sign_flip_p(differences) == pytest.approx(p, abs=5e-7)


@pytest.mark.parametrize(
    ("against", "extreme", "total"),
    [("base", 2, 65536), ("few", 12, 8192), ("rag", 202, 512)],
)
def test_sign_flip_counts_the_golden_study(against: str, extreme: int, total: int) -> None:
    ways = sign_flip(whole_numbers(golden_study.differences(against)))
    assert (ways.extreme, ways.total) == (extreme, total)


@pytest.mark.parametrize(
    ("rater", "ps"), [(0, (0.000122, 0.003906, 0.375)), (1, (0.000061, 0.006348, 0.7266))]
)
def test_sign_flip_of_one_rater_alone(rater: int, ps: tuple[float, ...]) -> None:
    ours = golden_study.SCORES["tuned"][rater]
    for name, p in zip(("base", "few", "rag"), ps, strict=True):
        theirs = golden_study.SCORES[name][rater]
        found = sign_flip_p([a - b for a, b in zip(ours, theirs, strict=True)])
        assert found == pytest.approx(p, abs=5.1e-5 if p == 0.7266 else 5.1e-7)


@given(st.lists(st.integers(-6, 6), max_size=9))
def test_sign_flip_equals_the_count_of_every_flip(differences: list[int]) -> None:
    nonzero = [one for one in differences if one]
    sums = [
        sum(sign * one for sign, one in zip(signs, nonzero, strict=True))
        for signs in product((1, -1), repeat=len(nonzero))
    ]
    extreme = sum(abs(one) >= abs(sum(nonzero)) for one in sums)
    assert sign_flip(differences) == (extreme, len(sums))


@given(st.lists(st.integers(-12, 12), max_size=40), st.randoms(), st.integers(1, 9))
def test_order_side_and_unit_change_nothing(differences: list[int], random, unit: int) -> None:  # type: ignore[no-untyped-def]
    p = sign_flip_p(differences)
    shuffled = random.sample(differences, len(differences))
    assert sign_flip_p(shuffled) == sign_flip_p([-unit * one for one in differences]) == p


def test_fisher_counted_both_ways() -> None:
    assert sign_flip(MAIZE) == (2 * 863, 32768)
    strictly_more = sum(
        abs(sum(sign * one for sign, one in zip(signs, MAIZE, strict=True))) > abs(sum(MAIZE))
        for signs in product((1, -1), repeat=len(MAIZE))
    )
    assert strictly_more / 32768 == pytest.approx(0.050964, abs=5.1e-7)


def test_the_sign_flip_of_ranks_is_wilcoxon() -> None:
    ranks = mean_ranks([abs(one) for one in MAIZE])
    signed = [
        int(2 * rank) * (1 if one > 0 else -1) for rank, one in zip(ranks, MAIZE, strict=True)
    ]
    assert -sum(one for one in signed if one < 0) / 2 == 24
    assert sign_flip_p(signed) == pytest.approx(0.041260, abs=5.1e-7)


def test_hundreds_of_items_are_counted_exactly() -> None:
    assert 0 < sign_flip_p([4, -2, 3, 1, 0, -6, 5, 2] * 100) < 1e-9


@pytest.mark.parametrize("limits", [(0, 10**10), (0, 0)], ids=["convolved", "normal limit"])
def test_large_studies_get_the_same_p(limits: tuple[int, int], monkeypatch) -> None:  # type: ignore[no-untyped-def]
    differences = [4, -2, 3, -3, 0, -4, 2, 1] * 60
    exact = sign_flip(differences).p
    monkeypatch.setattr("core.scoring.statistics.sign_flip._LARGEST_EXACT", limits[0])
    monkeypatch.setattr("core.scoring.statistics.sign_flip._LARGEST_CONVOLVED", limits[1])
    assert sign_flip_p(differences) == pytest.approx(exact, rel=0.02 if limits[1] == 0 else 1e-11)
    assert sign_flip_p([1] * 7 + [-1] * 7) == 1


@pytest.mark.parametrize(
    ("against", "mean", "deviation", "low", "high"),
    [
        ("base", 1.80, 1.2397, 1.2198, 2.3802),
        ("few", 0.95, 0.9987, 0.4826, 1.4174),
        ("rag", 0.25, 1.0195, -0.2272, 0.7272),
    ],
)
def test_the_t_interval_of_the_golden_study(
    against: str, mean: float, deviation: float, low: float, high: float
) -> None:
    found = paired_t([float(one) for one in golden_study.differences(against)])
    assert (found.mean, found.deviation, *found.interval) == pytest.approx(
        (mean, deviation, low, high), abs=5.1e-5
    )


def test_the_t_test_of_published_data() -> None:
    assert paired_t(MAIZE).p == pytest.approx(0.049703, abs=5e-7)
    found = paired_t([1] * 53 + [-1] * 27 + [0] * 120)
    assert found.p == pytest.approx(0.003419, abs=5e-7)
    assert (found.mean, *found.interval) == pytest.approx((0.13, 0.0435, 0.2165), abs=5.1e-5)


def test_items_of_one_source_are_not_independent() -> None:
    found = clustered_t(list(range(20)), [item % 4 for item in range(20)])
    assert found.error == pytest.approx(0.645497, abs=5e-7)
    alone = clustered_t(list(range(20)), list(range(20)))
    assert (alone.error, *alone.interval) == pytest.approx(
        (paired_t(list(range(20))).error, *paired_t(list(range(20))).interval)
    )


@pytest.mark.parametrize("clusters", [["one"], ["one"] * 3])
def test_a_single_source_has_no_interval(clusters: list[str]) -> None:
    low, high = clustered_t([1.0, 2.0, 3.0][: len(clusters)], clusters).interval
    assert low == -high == float("-inf")


def test_a_single_item_has_no_interval() -> None:
    low, high = paired_t([2.0]).interval
    assert (low, high) == (float("-inf"), float("inf"))


def test_holm_is_the_published_one() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    ps = [sign_flip_p(whole_numbers(golden_study.differences(n))) for n in ("base", "few", "rag")]
    assert holm(ps) == pytest.approx([0.000092, 0.002930, 0.394531], abs=5.1e-7)
    assert holm([]) == []


def test_friedman_of_the_golden_study() -> None:
    rows = [[float(sum(answer)) for answer in item] for item in golden_study.units()]
    found = friedman(rows)
    assert found is not None
    assert found.chi_square == pytest.approx(27.68, abs=5.1e-3)
    assert found.p == pytest.approx(4.24e-6, abs=0.51e-8)
    assert friedman([[3.0, 3.0], [1.0, 1.0]]) is None


def test_fractions_become_whole_numbers() -> None:
    assert whole_numbers([Fraction(1, 2), Fraction(2, 3), Fraction(-1)]) == [3, 4, -6]
    assert whole_numbers([]) == []
