"""A small draw of the measurement in `bench`, so that a worse detector fails the build."""

import pytest

from bench.detection import alarms, covered, measure, wilson
from bench.detection_sets import blind, negatives, phrases, third, told


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        (351, 351, 0.9892, 1),
        (323, 325, 0.9778, 0.9983),
        (280, 295, 0.9178, 0.9689),
        (4, 7, 0.2505, 0.8418),
    ],
)
def test_the_published_intervals(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("kind", phrases.PERSONAL)
def test_personal_data_is_found_and_little_else(kind: str) -> None:
    tally = measure(phrases.rows(kind, 300, 5))
    assert tally[kind].found >= (0.85 if kind == "phone" else 0.95) * 300
    assert sum(one.wrong for one in tally.values()) <= 3


def test_secrets_are_found() -> None:
    rows = [row for kind in phrases.SECRETS for row in phrases.rows(kind, 20, 5)]
    tally = measure(rows)
    assert sum(tally[kind].found for kind in phrases.SECRETS) >= 0.98 * len(rows)
    assert len(phrases.SECRETS) >= 25


@pytest.mark.parametrize("source", ["second", "known", "announced"])
def test_secrets_of_later_sets_are_found(source: str) -> None:
    kinds, make = {
        "second": (blind.SECRETS, blind.rows),
        "known": (third.KNOWN, third.known),
        "announced": (third.ANNOUNCED, third.announced),
    }[source]
    rows = [row for kind in kinds for row in make(kind, 20, 5)]
    assert sum(map(covered, rows)) >= 0.98 * len(rows)


@pytest.mark.parametrize("name", told.SETS)
def test_values_that_only_words_announce_are_found(name: str) -> None:
    one = told.SETS[name]
    rows = told.rows(one.passwords, one.chosen, 2, 5) + told.rows(one.keys, one.generated, 2, 5)
    assert sum(map(covered, rows)) >= 0.93 * len(rows)


@pytest.mark.parametrize("kind", [kind for kind in blind.PERSONAL if kind != "phone"])
def test_other_phrasing_is_found_as_well(kind: str) -> None:
    assert measure(blind.rows(kind, 200, 5))[kind].found >= 190


def test_innocent_text_raises_few_alarms() -> None:
    size, found = alarms(negatives.hard_blocks(20_000, 2))
    assert sum(found.values()) <= max(1.0, size)
    assert set(alarms(negatives.announcing(10, 2))[1]) == {"email"}
    size, found = alarms(negatives.documentation())
    assert sum(found.values()) <= 1
