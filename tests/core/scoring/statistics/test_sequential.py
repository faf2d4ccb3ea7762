"""Evidence that may be watched: published values, and how rarely chance reaches the threshold."""

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.scoring.statistics.sequential import (
    anytime_mean,
    anytime_p,
    anytime_share,
    evidence_of_picks,
    evidence_of_ratings,
    first_crossing,
    picks_path,
    ratings_path,
    wins_needed,
)
from tests.support import golden_study


@pytest.mark.parametrize(
    ("wins", "losses", "evidence"),
    [
        (7, 0, 16.000),
        (8, 0, 28.444),
        (12, 3, 4.501),
        (20, 10, 1.153),
        (11, 1, 26.256),
        (16, 0, 3855.06),
        (12, 1, 45.011),
        (6, 3, 0.6095),
    ],
)
def test_the_evidence_of_picks(wins: int, losses: int, evidence: float) -> None:
    assert evidence_of_picks(wins, losses) == pytest.approx(
        evidence, abs=5.1e-3 if evidence > 3000 else 5.1e-4
    )


@pytest.mark.parametrize(
    ("threshold", "wins"),
    [
        (20, [8, 11, 14, 16, 18, 20, 22, 24, 26, 28, 29]),
        (60, [10, 13, 16, 18, 20, 23, 25, 27, 28, 30, 32]),
    ],
)
def test_wins_needed_beside_losses(threshold: float, wins: list[int]) -> None:
    assert [wins_needed(losses, threshold) for losses in range(11)] == wins


def test_the_evidence_of_ratings() -> None:
    assert evidence_of_ratings([4, 4, 4], span=4) == pytest.approx(1.9750)
    assert evidence_of_ratings([2], span=4) == pytest.approx(1.0)
    assert evidence_of_ratings([], span=4) == 1


@pytest.mark.parametrize(
    ("against", "evidence", "at", "low", "high"),
    [
        ("base", 81.808, 16, 0.352, 3.990),
        ("few", 6.4572, None, -0.505, 3.209),
        ("rag", 1.0145, None, -1.499, 2.213),
    ],
)
def test_the_golden_study_under_watch(
    against: str, evidence: float, at: int | None, low: float, high: float
) -> None:
    differences = list(map(float, golden_study.differences(against)))
    path = list(ratings_path(differences, span=4))
    assert path[-1] == pytest.approx(evidence, rel=5e-5)
    assert path[-1] == pytest.approx(evidence_of_ratings(differences, span=4))
    assert first_crossing(path, 20) == at
    assert anytime_mean(differences, span=4) == pytest.approx((low, high), abs=5.1e-4)
    assert anytime_p(path) == pytest.approx(min(1, 1 / max(path)))


@pytest.mark.parametrize(
    ("wins", "losses", "low", "high"),
    [(8, 0, 0.5225, 1), (11, 1, 0.5138, 0.9997), (20, 10, 0.3937, 0.8781), (0, 0, 0, 1)],
)
def test_the_anytime_share(wins: int, losses: int, low: float, high: float) -> None:
    assert anytime_share(wins, losses) == pytest.approx((low, high), abs=5.1e-5)


def test_picks_ignore_ties_on_the_way() -> None:
    path = list(picks_path([2, 0, 4, -2]))
    assert path == [evidence_of_picks(*score) for score in [(1, 0), (1, 0), (2, 0), (2, 1)]]
    assert anytime_p([]) == 1


def test_overwhelming_evidence_is_no_fault() -> None:
    assert evidence_of_picks(5000, 0) == float("inf")
    assert evidence_of_ratings([4.0] * 5000, span=4) == float("inf")
    assert anytime_p([float("inf")]) == 0
    low, high = anytime_mean([4.0] * 5000, span=4)
    assert (low, high) == (pytest.approx(3.98, abs=0.011), 3.99)


@pytest.mark.parametrize("kind", ["picks", "ratings"])
def test_chance_rarely_reaches_the_threshold_however_often_one_looks(kind: str) -> None:
    random = Random(5)
    reached = 0
    for _ in range(300):
        differences = random.choices([-4, -2, -1, 0, 0, 0, 1, 2, 4], k=60)
        path = picks_path(differences) if kind == "picks" else ratings_path(differences, span=4)
        reached += first_crossing(path, 20) is not None
    assert reached / 300 <= 0.05


@given(st.lists(st.fractions(-4, 4, max_denominator=3), max_size=20))
def test_the_anytime_interval_holds_the_mean_and_agrees_with_the_evidence(
    values: list[Fraction],
) -> None:
    differences = list(map(float, values))
    low, high = anytime_mean(differences, span=4)
    mean = sum(differences) / len(differences) if differences else 0
    assert low - 0.011 <= mean <= high + 0.011
    assert (low > 0 or high < 0) == (evidence_of_ratings(differences, span=4) >= 20)
