"""What a study can find, computed exactly where it can be."""

import pytest

from core.scoring.statistics.power import (
    decisive_wins_needed,
    fewest_decisive,
    items_to_bound,
    items_to_settle,
    picks_power,
)


def test_items_to_settle_is_the_published_one() -> None:
    assert items_to_settle((1 / 9) ** 0.5, 0.03) == 969
    assert items_to_settle(1.0195, 0.5) == 33
    assert items_to_settle(1.0195, 0.25) == 131
    assert items_to_bound(1.0195, 0.5) > 33


def test_five_items_never_settle_anything() -> None:
    assert fewest_decisive() == 6
    assert fewest_decisive(0.01) == 8


@pytest.mark.parametrize(
    ("n", "at_five", "at_a_third"),
    [(10, 9, 10), (20, 15, 16), (30, 21, 22), (50, 33, 34), (100, 61, 63)],
)
def test_decisive_picks_needed(n: int, at_five: int, at_a_third: int) -> None:
    assert (decisive_wins_needed(n), decisive_wins_needed(n, 0.0167)) == (at_five, at_a_third)
    assert decisive_wins_needed(5) is None


@pytest.mark.parametrize(
    ("n", "ties", "percents"),
    [
        (20, 0, (13, 25, 42, 62, 80)),
        (30, 0, (18, 36, 59, 80, 94)),
        (50, 0, (24, 51, 78, 94, 99)),
        (50, 0.2, (20, 42, 68, 88, 98)),
        (50, 0.4, (14, 30, 52, 75, 91)),
        (100, 0.2, (39, 74, 95, 100, 100)),
        (200, 0.2, (69, 97, 100, 100, 100)),
    ],
)
def test_the_power_of_picks(n: int, ties: float, percents: tuple[int, ...]) -> None:
    shares = (0.60, 0.65, 0.70, 0.75, 0.80)
    found = [100 * picks_power(n, share, ties=ties) for share in shares]
    assert found == pytest.approx(percents, abs=0.51)
