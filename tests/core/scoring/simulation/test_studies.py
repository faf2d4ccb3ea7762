"""Simulated studies keep what the statistics promise: few false verdicts, the stated power."""

from random import Random
from statistics import fmean

import pytest

from core.scoring.simulation.raters import Raters, draw_ratings, draw_scores
from core.scoring.simulation.studies import (
    Plan,
    count_outcomes,
    run_studies,
    sign_flip_power,
)

POWER = {
    (20, 1): (6, 14, 27, 57),
    (30, 1): (9, 22, 45, 80),
    (50, 1): (15, 43, 71, 97),
    (100, 1): (31, 75, 96, 100),
    (200, 1): (60, 97, 100, 100),
    (20, 3): (11, 26, 52, 83),
    (30, 3): (16, 43, 72, 95),
    (50, 3): (29, 65, 92, 100),
    (100, 3): (51, 93, 100, 100),
    (200, 3): (82, 100, 100, 100),
}
"""Percent of studies in which the sign-flip test sees +0.3, +0.5, +0.7 and +1.0."""
GAINS = (0.3, 0.5, 0.7, 1.0)
AGREEING = Raters(noise=0.1)
"""Raters who pass the gate of agreement."""


def test_synthetic_answers_have_the_stated_shares_and_gain() -> None:
    scores = draw_scores(Random(1), Raters(), items=4000, contenders=2, people=2, gain=0.7)
    ours = [score for item in scores for score in item[0]]
    theirs = [score for item in scores for score in item[1]]
    shares = [theirs.count(score) / len(theirs) for score in (1, 3, 5)]
    assert shares == pytest.approx([0.3, 0.4, 0.3], abs=0.03)
    assert fmean(ours) - fmean(theirs) == pytest.approx(0.7, abs=0.08)


def test_a_study_has_every_rating_once_and_its_unsafe_answers() -> None:
    ratings = draw_ratings(
        Random(2), Raters(unsafe=0.5), items=30, alternatives=2, people=3, gain=0
    )
    assert len({(one.item, one.contender, one.rater) for one in ratings}) == 30 * 3 * 3
    flagged = {one.item for one in ratings if one.unsafe}
    assert 5 < len(flagged) < 25
    assert {one.score for one in ratings if one.unsafe} == {1}
    assert {one.contender for one in ratings if one.unsafe} == {"tuned"}


def test_the_same_seed_gives_the_same_studies() -> None:
    plan = Plan(items=12, alternatives=1)
    one, again, other = (
        [verdict.sentence for verdict in run_studies(plan, gain=0.5, studies=5, seed=seed)]
        for seed in (1, 1, 2)
    )
    assert one == again != other


def test_few_studies_without_a_gain_ship_and_most_with_a_large_one_do() -> None:
    plan = Plan(items=30, alternatives=1, behave=AGREEING)
    assert count_outcomes(plan, gain=0, studies=60, seed=3).ships <= 0.1
    found = count_outcomes(plan, gain=1.5, studies=20, seed=3)
    assert found.ships >= 0.8
    assert found.decisions["ship"] >= 10
    assert found.interval.low < found.ships < 1 or found.ships == 1


def test_watched_studies_stop_early_when_the_gain_is_large() -> None:
    plan = Plan(items=60, alternatives=1, stopping="sequential", behave=AGREEING)
    found = count_outcomes(plan, gain=1.8, studies=8, seed=4)
    assert found.mean_items < 45
    assert found.ships >= 0.7


def test_raters_who_only_guess_get_no_verdict() -> None:
    plan = Plan(items=30, alternatives=1, behave=Raters(noise=50))
    assert count_outcomes(plan, gain=1, studies=10, seed=5).decisions == {"cannot_say": 10}


def test_the_hours_of_a_plan_are_counted_before_it_starts() -> None:
    assert Plan(items=50, raters=2).hours_each() == pytest.approx(1 + 40 / 60)


def test_one_cell_of_the_power_table() -> None:
    found = sign_flip_power(Raters(), items=30, people=3, gain=0.7, studies=250, seed=6)
    assert 100 * found == pytest.approx(72, abs=9)


@pytest.mark.slow
@pytest.mark.parametrize("cell", POWER)
def test_the_power_table_within_three_points(cell: tuple[int, int]) -> None:
    items, people = cell
    found = [
        100 * sign_flip_power(Raters(), items=items, people=people, gain=gain, studies=4000, seed=7)
        for gain in GAINS
    ]
    assert found == pytest.approx(POWER[cell], abs=3)


@pytest.mark.slow
@pytest.mark.parametrize(
    "plan",
    [
        Plan(items=20, raters=1, alternatives=1),
        Plan(items=20, raters=3, alternatives=1),
        Plan(items=50, raters=2, alternatives=1, behave=AGREEING),
        Plan(items=20, raters=2, alternatives=1, behave=Raters(ready=0.9, unusable=0.02)),
        Plan(items=20, raters=2, alternatives=3),
        Plan(items=60, raters=1, alternatives=1, stopping="sequential"),
        Plan(items=60, raters=3, alternatives=1, stopping="sequential", behave=AGREEING),
    ],
    ids=["one rater", "three raters", "agreeing", "ceiling", "iut", "watched", "watched agreeing"],
)
def test_at_most_five_in_a_hundred_studies_without_a_gain_ship(plan: Plan) -> None:
    found = count_outcomes(plan, gain=0, studies=2000, seed=8)
    assert found.interval.low <= 0.05
    assert found.ships <= 0.05
