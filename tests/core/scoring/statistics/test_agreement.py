"""Published coefficients of agreement, to printed precision."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.scoring.statistics.agreement import alpha_interval, measure_agreement
from core.scoring.statistics.coincidence import Scale, krippendorff
from core.scoring.statistics.kappas import cohen, fleiss, gwet, percent_agreement
from tests.support import golden_study


def table(*rows: str) -> list[list[int]]:
    """Return the units of a table whose rows are raters; a star is no rating."""
    raters = [row.split() for row in rows]
    return [[int(one) for one in unit if one != "*"] for unit in zip(*raters, strict=True)]


RELIABILITY = table(
    "* * * * * 3 4 1 2 1 1 3 3 * 3",
    "1 * 2 1 3 3 4 3 * * * * * * *",
    "* * 2 1 3 4 4 * 2 1 1 3 3 * 4",
)
KRIPPENDORFF = table(
    "1 2 3 3 2 1 4 1 2 * * *",
    "1 2 3 3 2 2 4 1 2 5 * 3",
    "* 3 3 3 2 3 4 2 2 5 1 *",
    "1 2 3 3 2 4 4 1 2 5 1 *",
)
PARADOX = [[5, 5]] * 18 + [[5, 3], [3, 5]]
FLEISS = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]


@pytest.mark.parametrize(
    ("units", "scale", "alpha"),
    [
        (RELIABILITY, "nominal", 0.691358),
        (RELIABILITY, "ordinal", 0.806721),
        (RELIABILITY, "interval", 0.810845),
        (KRIPPENDORFF, "nominal", 0.743421),
        (KRIPPENDORFF, "ordinal", 0.815388),
        (KRIPPENDORFF, "interval", 0.849107),
        (KRIPPENDORFF, "ratio", 0.797403),
        ([[1, 1], [3, 4], [5, 5]], "ordinal", 94 / 99),
        ([[1, 1, 1], [0, 0, 0], [1, 1, 1], [0, 0, 1]], "nominal", 1 - 132 / 420),
        ([[0, 1], [0, 1], [1, 0], [1, 0]], "nominal", -0.75),
        ([[1, 1, 0], [0, 0]], "nominal", 1 / 3),
        ([[1, 2], [3, 4], [1, 1]], "interval", 19 / 24),
        (PARADOX, "ordinal", -0.0263),
    ],
)
def test_alpha_is_the_published_one(units: list[list[int]], scale: Scale, alpha: float) -> None:
    precision = 5.1e-5 if units is PARADOX else 5.1e-7
    assert krippendorff(units, scale).value == pytest.approx(alpha, abs=precision)


@pytest.mark.parametrize(
    ("units", "reason"),
    [([[5, 5]] * 4, "the same score"), ([[5], [3], []], "second rater"), ([], "second rater")],
)
def test_an_undefined_alpha_says_why(units: list[list[int]], reason: str) -> None:
    found = krippendorff(units)
    assert found.value is None
    assert reason in found.reason


def test_gwet_is_the_published_one() -> None:
    domain = [1, 2, 3, 4, 5]
    assert gwet(KRIPPENDORFF, domain).value == pytest.approx(0.775444, abs=5.1e-7)
    assert gwet(KRIPPENDORFF, domain, quadratic=True).value == pytest.approx(0.914001, abs=5.1e-7)


def test_high_agreement_with_a_low_alpha_is_seen_as_such() -> None:
    assert percent_agreement(PARADOX).value == pytest.approx(0.90)
    assert gwet(PARADOX, [3, 5]).value == pytest.approx(0.8895, abs=5.1e-5)
    assert gwet(PARADOX, [1, 3, 5]).value == pytest.approx(0.8950, abs=5.1e-5)
    assert gwet(PARADOX, [1, 3, 5], quadratic=True).value == pytest.approx(0.9724, abs=5.1e-5)
    found = measure_agreement([[unit] for unit in PARADOX], [1, 3, 5])
    assert found.misleads
    assert not found.blocks


def test_a_measured_disagreement_blocks() -> None:
    found = measure_agreement([[[1, 5]], [[5, 1]], [[3, 3]], [[1, 3]]] * 5, [1, 3, 5])
    assert found.blocks
    assert not found.misleads


@pytest.mark.parametrize("units", [[[5]] * 9, [[5, 5]] * 9])
def test_an_agreement_that_nobody_measured_blocks_nothing(units: list[list[int]]) -> None:
    found = measure_agreement([[unit] for unit in units], [1, 3, 5])
    assert found.ordinal.value is None
    assert found.range is None
    assert not found.blocks


def test_kappas_are_the_published_ones() -> None:
    assert cohen([[20, 5], [10, 15]]).value == pytest.approx(0.40)
    assert fleiss(FLEISS).value == pytest.approx(0.209931, abs=5.1e-7)
    assert cohen([[9, 0], [0, 0]]).value is None
    assert fleiss([[1, 0], [0, 1]]).value is None


def test_the_golden_study_agrees() -> None:
    found = measure_agreement(golden_study.units(), [1, 3, 5])
    values = (found.ordinal, found.nominal, found.interval, found.percent, found.ac1, found.ac2)
    assert [one.value for one in values] == pytest.approx(
        [0.8772, 0.7980, 0.8782, 0.875, 0.8195, 0.9188], abs=5.1e-5
    )
    assert found.range is not None
    assert found.range.low < 0.8772 < found.range.high
    for name, alpha in {"tuned": 0.6740, "base": 0.8237, "few": 0.8725, "rag": 0.9684}.items():
        units = list(zip(*golden_study.SCORES[name], strict=True))
        assert krippendorff(units).value == pytest.approx(alpha, abs=5.1e-5)


ratings = st.lists(st.lists(st.sampled_from([1, 3, 5]), max_size=4), max_size=12)


@given(ratings, st.randoms())
def test_the_order_of_items_and_raters_changes_nothing(units: list[list[int]], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = [random.sample(unit, len(unit)) for unit in random.sample(units, len(units))]
    for scale in ("nominal", "ordinal", "interval", "ratio"):
        assert krippendorff(shuffled, scale).value == pytest.approx(
            krippendorff(units, scale).value
        )
    assert gwet(shuffled, [1, 3, 5]).value == pytest.approx(gwet(units, [1, 3, 5]).value)
    one, other = alpha_interval([units], resamples=5), alpha_interval([shuffled], resamples=5)
    assert one == (other if one is None else pytest.approx(other))
