"""How often intervals hold the truth and tests cry wolf: computed exactly, or simulated."""

from collections.abc import Callable
from math import comb, sqrt
from random import Random

import pytest

from core.scoring.simulation.raters import Raters, draw_scores
from core.scoring.statistics.interval import Interval, normal_quantile
from core.scoring.statistics.paired import paired_t
from core.scoring.statistics.paired_shares import paired_share_interval
from core.scoring.statistics.power import picks_power
from core.scoring.statistics.sequential import first_crossing, ratings_path
from core.scoring.statistics.shares import clopper_pearson, wilson
from core.scoring.statistics.sign_flip import sign_flip_p
from core.scoring.statistics.stopping import watched_picks


def wald(hits: int, n: int) -> Interval:
    """Return the interval of textbooks, which this product does not use."""
    share = hits / n
    half = normal_quantile(0.95) * sqrt(share * (1 - share) / n)
    return Interval(share - half, share + half)


@pytest.mark.parametrize(
    ("interval", "n", "share", "coverage"),
    [
        (wald, 20, 0.95, 0.639),
        (wilson, 20, 0.95, 0.925),
        (clopper_pearson, 20, 0.95, 0.984),
        (wald, 30, 0.9, 0.809),
        (wilson, 30, 0.9, 0.974),
    ],
)
def test_the_coverage_of_a_share(
    interval: Callable[[int, int], Interval], n: int, share: float, coverage: float
) -> None:
    found = 0.0
    for hits in range(n + 1):
        low, high = interval(hits, n)
        if low <= share <= high:
            found += comb(n, hits) * share**hits * (1 - share) ** (n - hits)
    assert found == pytest.approx(coverage, abs=5.1e-4)


@pytest.mark.parametrize(("up", "down", "coverage"), [(0.10, 0.02, 0.997), (0.3, 0.1, 0.959)])
def test_the_coverage_of_a_difference_of_shares(up: float, down: float, coverage: float) -> None:
    n, found = 20, 0.0
    for wins in range(n + 1):
        for losses in range(n + 1 - wins):
            _, (low, high) = paired_share_interval(wins, losses, n)
            if low <= up - down <= high:
                ways = comb(n, wins) * comb(n - wins, losses)
                found += ways * up**wins * down**losses * (1 - up - down) ** (n - wins - losses)
    assert found == pytest.approx(coverage, abs=1.1e-3)


@pytest.mark.parametrize(
    ("share", "power", "fixed", "items"),
    [(0.6, 0.23, 0.47, None), (0.7, 0.88, 0.98, 51), (0.8, 1.0, 1.0, 23)],
)
def test_watching_costs_power_and_saves_items(
    share: float, power: float, fixed: float, items: int | None
) -> None:
    found = watched_picks(share, cap=100)
    assert found.power == pytest.approx(power, abs=0.011)
    assert picks_power(100, share) == pytest.approx(fixed, abs=0.011)
    assert items is None or found.mean_items == pytest.approx(items, abs=1)


def test_watched_picks_of_equals_seldom_end() -> None:
    found = watched_picks(0.5, cap=150, ties=0.2)
    assert found.power == pytest.approx(found.wrong)
    assert found.power + found.wrong < 0.05
    assert watched_picks(1.0, cap=100) == (1.0, 0.0, 8.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("people", "ready", "t", "flip"),
    [(1, 0.3, 0.051, 0.027), (3, 0.3, 0.046, 0.034), (1, 0.9, 0.021, 0.002)],
    ids=["one rater", "three raters", "ceiling"],
)
def test_false_positives_are_the_published_ones(
    people: int, ready: float, t: float, flip: float
) -> None:
    random, studies = Random(f"false {people} {ready}"), 6000
    behave = Raters(ready=ready, unusable=0.3 if ready < 0.5 else 0.02)
    by_t = by_flip = 0
    for _ in range(studies):
        scores = draw_scores(random, behave, items=20, contenders=2, people=people, gain=0)
        differences = [sum(ours) - sum(theirs) for ours, theirs in scores]
        by_t += paired_t(differences).p <= 0.05
        by_flip += sign_flip_p(differences) <= 0.05
    assert by_t / studies == pytest.approx(t, abs=0.012)
    assert by_flip / studies == pytest.approx(flip, abs=0.012)


@pytest.mark.slow
@pytest.mark.parametrize(("people", "false"), [(1, 0.037), (3, 0.021)])
def test_two_hundred_looks_cry_wolf_as_seldom_as_published(people: int, false: float) -> None:
    random, studies, reached = Random(f"looks {people}"), 2000, 0
    for _ in range(studies):
        scores = draw_scores(random, Raters(), items=200, contenders=2, people=people, gain=0)
        path = ratings_path(((sum(a) - sum(b)) / people for a, b in scores), span=4)
        reached += first_crossing(path, 20) is not None
    assert reached / studies <= 0.05
    assert reached / studies == pytest.approx(false, abs=0.012)
