"""A small draw of the measurement in `bench`, so that a worse detector fails the build."""

import pytest

from bench.detection import alarms, covered, measure, wilson
from bench.detection_sets import blind, negatives, phrases, third, told, told_later
from bench.detection_sets.phrases import Planted
from core.data.detect.find import find_spans


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


@pytest.mark.parametrize(
    ("name", "share"),
    [*((name, 0.93) for name in [*told.SETS, "eighth"]), ("ninth", 0.9), ("tenth", 0.7)],
)
def test_values_that_only_words_announce_are_found(name: str, share: float) -> None:
    one = {**told.SETS, **told_later.SETS}[name]
    rows = told.rows(one.passwords, one.chosen, 2, 5) + told.rows(one.keys, one.generated, 2, 5)
    assert sum(map(covered, rows)) >= share * len(rows)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Nobody changed the camera password, still {}", "r0bin#9"),
        ("enter {} at the password prompt", "Kasupa838"),
        ("the archive's password, for later, is {}", "xownu6-Vuvxet-hewqar"),
        ("Password:\n{}\n", "Farida9$6"),
        ("Does {} look like a valid API key?", "e753f6551345a5583ca496f6d2422d5dad6b57e6"),
        ("Your service token\n{}\n", "TbrhGuEvl1Fpqk8YkaHqA6PdgiGqrfei7"),
        ("de toegangssleutel is {}", "tok_w31TuvXnDlqlKwEWhO8DWBK4"),
        ("unzip -P {} a.zip", "Aclnwsrfa!2"),
    ],
)
def test_a_value_in_one_sentence_with_its_word_is_found(text: str, value: str) -> None:
    assert covered(Planted(text.format(value), (("", value),)))


@pytest.mark.parametrize(
    "text",
    [
        "Nobody changed the password. Release2024b is out, see r0bin#9.",
        "my password was leaked in breach LinkedIn2012",
        "the password prompt of OpenSSH8.12 is hidden",
        "the login form lives in forms2.html, the password in auth/views_v2.py",
        "The password manager 1Password7 exports CSV",
        "passed key4 and Ctrl+Shift+12 on",
    ],
)
def test_a_name_in_one_sentence_with_such_a_word_is_none(text: str) -> None:
    assert [one for one in find_spans(text.encode() + b"\0") if one.group == "secret"] == []


@pytest.mark.parametrize("kind", [kind for kind in blind.PERSONAL if kind != "phone"])
def test_other_phrasing_is_found_as_well(kind: str) -> None:
    assert measure(blind.rows(kind, 200, 5))[kind].found >= 190


def test_innocent_text_raises_few_alarms() -> None:
    size, found = alarms(negatives.hard_blocks(20_000, 2))
    assert sum(found.values()) <= max(1.0, size)
    assert set(alarms(negatives.announcing(10, 2))[1]) == {"email"}
    assert not alarms(negatives.speaking(10, 2))[1]
    size, found = alarms(negatives.documentation())
    assert sum(found.values()) <= 1
