"""The guardrail: what it says of counts, and how often it is wrong."""

import random
from collections import Counter
from math import isclose, prod
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.release.gateway.guard import BY, Guard
from core.release.gateway.log_store import LogStore
from core.release.harm import evidence_of_harm, evidence_of_misdealing, harm_of
from core.release.release_plan import LogPolicy, ReleasePlan
from core.release.route import deal
from core.release.standing import go_forward, read_standing
from tests.support.filled_workspace import NOW
from tests.support.release_log import entry, said
from tests.support.release_plans import plan_of


def _plan(share: float = 50.0, **guardrail: object) -> ReleasePlan:
    arms = {"new": {"model": "m", "share": share}, "old": {"model": "m", "share": 100 - share}}
    return plan_of(arm=arms, guardrail=guardrail)


def _even(new: int, old: int) -> float:
    return evidence_of_harm(new, old, share=50, share_before=50)


def test_the_wager_is_the_mean_of_what_each_bet_won() -> None:
    bets = [odds / (1 + odds) for odds in (1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 8.0, 13.0)]
    won = [prod([2 * bet] * 7 + [2 * (1 - bet)] * 2) for bet in bets]
    assert isclose(_even(7, 2), sum(won) / 8)
    assert _even(0, 0) == 1.0
    assert _even(8, 0) > 20 > _even(5, 0)
    assert _even(0, 1000) < 1e-6
    assert _even(10_000, 0) > 1e100


@given(st.integers(0, 200), st.integers(0, 200), st.sampled_from([1.0, 10.0, 50.0, 99.0]))
def test_one_more_toss_of_the_coin_wins_nothing_on_average(
    new: int, old: int, share: float
) -> None:
    def at(n: int, o: int) -> float:
        return evidence_of_harm(n, o, share=share, share_before=100 - share)

    coin = share / 100
    mean = coin * at(new + 1, old) + (1 - coin) * at(new, old + 1)
    assert mean <= at(new, old) * (1 + 1e-9)


def test_what_is_borne_needs_more_evidence_and_several_arms_share_the_errors() -> None:
    assert evidence_of_harm(9, 3, share=50, share_before=50, bearable=2) < _even(9, 3)
    third = {name: {"model": "m", "share": 25} for name in ("a", "b", "c", "old")}
    found = harm_of(plan_of(arm=third, rollback="old"), {"a": 9, "old": 3})
    assert set(found) == {"a", "b", "c"}
    assert isclose(found["a"], _even(9, 3) / 3)
    assert harm_of(_plan(100), {"new": 50}) == {}


def test_a_deal_that_is_off_is_told_from_chance() -> None:
    plan = _plan()
    assert evidence_of_misdealing(plan, {"new": 520, "old": 480}) < 1
    assert 1 < evidence_of_misdealing(plan, {"new": 540, "old": 460}) < 20
    assert evidence_of_misdealing(plan, {"new": 600, "old": 400}) > 1000
    assert evidence_of_misdealing(plan, {"gone": 1}) > 1e9
    assert evidence_of_misdealing(plan, {}) == 1.0


def _store(path: Path) -> LogStore:
    return LogStore(path, LogPolicy(keep="hashes"))


def test_harm_rolls_back_once_and_a_loud_user_counts_once(tmp_path: Path) -> None:
    standing, told = tmp_path / "standing.json", list[str]()
    guard = Guard(_plan(), standing, clock=lambda: NOW, tell=told.append)
    store = _store(tmp_path / "log.db")
    after = NOW.timestamp() + 60
    for number in range(40):
        store.write([entry(number, dealt="new", user="loud", at=1.0)], [said(number)])
    guard.look(store)
    assert store.harmed(0) == {"new": 1}
    assert not read_standing(standing).rolled_back
    for number in range(100, 108):
        store.write([entry(number, dealt="new", user=f"u{number}", at=2.0)], [said(number)])
    guard.look(store)
    found = read_standing(standing)
    assert (found.rolled_back, found.by) == (True, BY)
    assert len(told) == 1
    guard.look(store)
    assert len(told) == 1
    go_forward(standing, by="me", why="seen", now=NOW)
    guard.look(store)
    assert not read_standing(standing).rolled_back
    for number in range(200, 210):
        one = entry(number, dealt="new", user=f"w{number}", at=after, outcome="failed")
        store.write([one], [])
    guard.look(store)
    assert read_standing(standing).rolled_back
    store.close()


def test_a_guardrail_that_is_off_lets_a_person_decide(tmp_path: Path) -> None:
    store = _store(tmp_path / "log.db")
    for number in range(50):
        one = entry(number, dealt="new", user="", outcome="failed")
        store.write([one], [])
    Guard(_plan(on=False), tmp_path / "s.json", clock=lambda: NOW).look(store)
    assert not read_standing(tmp_path / "s.json").rolled_back
    store.close()


def _rolled_back(plan: ReleasePlan, rates: dict[str, float], users: int, draw: random.Random):
    """Return after how many users the guardrail fires, None for never.

    Users come with a temper of their own and ask several times, so their answers are alike.
    """
    harmed: Counter[str] = Counter()
    for number in range(users):
        arm = deal(plan, f"{draw.random()} {number}")
        temper = draw.choice([0.0, 0.5, 2.5])
        asked = draw.randint(1, 5)
        if any(draw.random() < rates[arm] * temper for _ in range(asked)):
            harmed[arm] += 1
            if max(harm_of(plan, harmed).values()) >= plan.guardrail.evidence:
                return number
    return None


@pytest.mark.slow
@pytest.mark.parametrize("share", [50.0, 10.0])
def test_a_harmless_release_is_rolled_back_in_one_of_twenty_at_most(share: float) -> None:
    draw, plan, releases = random.Random(1), _plan(share), 400
    fired = sum(
        _rolled_back(plan, {"new": 0.05, "old": 0.05}, 3000, draw) is not None
        for _ in range(releases)
    )
    assert fired / releases <= 0.05


@pytest.mark.slow
def test_a_release_that_harms_three_times_as_many_goes_back_soon() -> None:
    draw, plan = random.Random(2), _plan()
    ends = [_rolled_back(plan, {"new": 0.09, "old": 0.03}, 3000, draw) for _ in range(100)]
    found = sorted(one for one in ends if one is not None)
    assert len(found) >= 98
    assert found[len(found) // 2] < 500
