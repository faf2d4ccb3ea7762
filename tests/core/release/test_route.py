from collections import Counter
from itertools import pairwise
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.release.release_plan import WHOLE, ReleasePlan
from core.release.route import deal
from tests.support.release_plans import plan_of


def _plan(*hundredths: int, salt: str = "1") -> ReleasePlan:
    arms = {f"a{n}": {"model": "m", "share": one / 100} for n, one in enumerate(hundredths)}
    return plan_of(arm=arms, rollback="a0", salt=salt)


@st.composite
def _shares(draw: st.DrawFn) -> tuple[int, ...]:
    cuts = draw(st.lists(st.integers(0, WHOLE), min_size=0, max_size=4))
    edges = [0, *sorted(cuts), WHOLE]
    return tuple(high - low for low, high in pairwise(edges))


@given(_shares(), st.text())
def test_a_user_gets_one_arm_that_has_a_share(shares: tuple[int, ...], user: str) -> None:
    plan = _plan(*shares)
    dealt = deal(plan, user)
    assert plan.arm[dealt].hundredths > 0
    assert deal(_plan(*shares), user) == dealt


def test_shares_hold_within_chance() -> None:
    shares = (125, 2875, 7000)
    plan, users = _plan(*shares), 40_000
    counted = Counter(deal(plan, f"user {n}") for n in range(users))
    for number, one in enumerate(shares):
        p = one / WHOLE
        spread = sqrt(users * p * (1 - p))
        assert abs(counted[f"a{number}"] - users * p) < 4 * spread


@pytest.mark.slow
def test_a_million_users_are_dealt_as_planned_and_always_alike() -> None:
    shares = (1, 999, 4000, 5000)
    plan, users = _plan(*shares), 1_000_000
    first = [deal(plan, str(n)) for n in range(users)]
    assert first == [deal(plan, str(n)) for n in range(users)]
    counted = Counter(first)
    for number, one in enumerate(shares):
        p = one / WHOLE
        assert abs(counted[f"a{number}"] - users * p) < 4 * sqrt(users * p * (1 - p))


def test_known_users_get_known_arms_on_every_machine() -> None:
    plan = _plan(1000, 9000)
    assert [n for n in range(60) if deal(plan, f"user {n}") == "a0"] == [14, 28, 33, 41, 43, 53]


@given(st.text(), st.integers(1, 4000), st.integers(1, 4000))
def test_nobody_moves_but_to_the_arm_that_grows(user: str, small: int, more: int) -> None:
    def plan(first: int) -> ReleasePlan:
        # The others keep their ratio of one to one as far as whole numbers go.
        half = (WHOLE - first) // 2
        return _plan(WHOLE - 2 * half, half, half)

    before, after = deal(plan(2 * small), user), deal(plan(2 * small + 2 * more % 1900), user)
    assert after == before or "a0" in {before, after}


def test_another_salt_deals_anew() -> None:
    one, other = _plan(5000, 5000), _plan(5000, 5000, salt="2")
    moved = sum(deal(one, str(n)) != deal(other, str(n)) for n in range(2000))
    assert 850 < moved < 1150
