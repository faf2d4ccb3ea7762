"""Published figures, to printed precision."""

import pytest

from core.scoring.statistics import items_to_settle, paired_share_interval, sign_flip_p, wilson

MAIZE = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]


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
        # the golden study: 2 d_i, tuned against base, few-shot and retrieval
        ([4, 8, 2, 6, 0, 6, 4, 4, 4, 0, 4, 0, 6, 0, 4, 8, 2, 2, 4, 4], 2 / 65536),
        ([0, 4, 2, 0, 2, 2, 4, 4, 0, 0, 4, 0, 4, 0, 2, 4, -2, 0, 4, 4], 12 / 8192),
        ([0, 0, 2, 4, 0, -2, 2, 0, 0, -4, 0, 0, 4, 2, 0, 0, -2, 4, 0, 0], 202 / 512),
    ],
)
def test_sign_flip_counts_ties_and_is_exact(differences: list[int], p: float) -> None:
    assert sign_flip_p(differences) == pytest.approx(p, abs=5e-7)


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
    ],
)
def test_wilson_is_the_published_one(hits: int, n: int, low: float, high: float) -> None:
    assert wilson(hits, n) == pytest.approx((low, high), abs=5.1e-5)


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


def test_items_to_settle_is_the_published_one() -> None:
    assert items_to_settle((1 / 9) ** 0.5, 0.03) == 969
    assert items_to_settle(1.0195, 0.5) == 33
    assert items_to_settle(1.0195, 0.25) == 131
