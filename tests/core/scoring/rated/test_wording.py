"""Numbers in sentences: short, rounded to the safe side, never a misleading zero."""

import pytest

from core.scoring.rated.wording import at_most, points, short


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ((0.94, 0.42, 1.38), ("0.9", "0.4", "1.4")),
        ((-0.23, 0.0), ("-0.2", "0.0")),
        ((0.04, 1.5), ("0.04", "1.50")),
        ((0.1, 0.08, 0.12), ("0.10", "0.08", "0.12")),
        ((0.0, 0.0), ("0.0", "0.0")),
    ],
)
def test_points(values: tuple[float, ...], shown: tuple[str, ...]) -> None:
    assert points(*values) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.139, "14 in 100"), (0.058, "6 in 100"), (0.05, "5 in 100"), (0.00299, "3 in 1,000")],
)
def test_bounds_are_rounded_up(share: float, shown: str) -> None:
    assert at_most(share) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0.52, ".52"), (-0.03, "-.03"), (1.0, "1.00"), (0.0, ".00")]
)
def test_coefficients(value: float, shown: str) -> None:
    assert short(value) == shown
