"""Automatic measures can say no, ask for people, or admit that they can't tell; never ship."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.scoring.metrics import Measured, measure
from core.scoring.verdict import decide


def results(pattern: str) -> list[Measured]:
    """`x` is an exact answer, `.` is not."""
    return [Measured(exact=c == "x", valid_json=True, same_format=True) for c in pattern]


def test_a_clear_gain_asks_people_to_rate() -> None:
    verdict = decide(
        {
            "base": results("." * 60),
            "few_shot": results("x" * 20 + "." * 40),
            "tuned": results("x" * 50 + "." * 10),
        }
    )
    assert verdict.decision == "keep_rating"
    assert verdict.sentence == (
        "Fine-tune beats base by 83 points (70 to 91) and beats few-shot by 50 points (35 to 62) "
        "on 60 holdout items, exact match. Not rated by people yet."
    )
    assert verdict.more_items is None
    assert verdict.as_json()["contenders"]["tuned"]["exact"]["hits"] == 50  # type: ignore[index]


def test_one_alternative_that_is_not_beaten_is_named() -> None:
    verdict = decide(
        {
            "base": results("." * 60),
            "few_shot": results("x" * 30 + "." * 30),
            "tuned": results("." * 3 + "x" * 29 + "." * 28),
        }
    )
    assert verdict.decision == "keep_rating"
    assert verdict.sentence.startswith("Not shown to beat few-shot.")
    assert verdict.more_items is not None


def test_a_sure_loss_says_do_not_ship_and_what_to_use() -> None:
    verdict = decide({"base": results("x" * 30 + "." * 30), "tuned": results("." * 60)})
    assert verdict.decision == "do_not_ship"
    assert "is behind base by 50 points (35 to 62)" in verdict.sentence
    assert "Use base instead" in verdict.sentence


@pytest.mark.parametrize(("base", "tuned"), [("." * 40, "." * 40), ("....", "xxxx")])
def test_what_cannot_be_told_is_not_told(base: str, tuned: str) -> None:
    assert decide({"base": results(base), "tuned": results(tuned)}).decision == "cannot_say"


def test_without_an_alternative_nothing_is_said() -> None:
    assert decide({"tuned": results("xxxxxxxxxx")}).decision == "cannot_say"


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_automatic_measures_never_ship(pairs: list[tuple[bool, bool]]) -> None:
    verdict = decide(
        {
            name: [Measured(exact=pair[at], valid_json=True, same_format=True) for pair in pairs]
            for at, name in enumerate(("base", "tuned"))
        }
    )
    assert verdict.decision != "ship"
    (comparison,) = verdict.comparisons
    assert comparison.wins + comparison.ties + comparison.losses == len(pairs)
    assert -1 <= comparison.low <= comparison.high <= 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (' {"a": 1, "b": 2}\n', (True, True, True)),
        ('{"a": 3, "b": 4}', (False, True, True)),
        ('{"b": 2, "a": 1}', (False, True, False)),
        ("[1]", (False, True, False)),
        ('{"a": 1', (False, False, False)),
        ("[" * 100_000, (False, False, False)),
    ],
)
def test_answers_are_measured_against_the_reference(
    answer: str, expected: tuple[bool, bool, bool]
) -> None:
    assert measure(answer, '{"a": 1, "b": 2}') == expected


def test_free_text_has_no_format_to_match() -> None:
    assert measure("yes", "yes") == (True, False, False)
