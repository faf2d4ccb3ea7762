"""Answers made elsewhere are looked up by item, else by the words of the prompt."""

from datetime import date

import pytest

from core.catalog.price_list import PriceFile, PriceList, merged
from core.contenders.answers_file import AnswersFile, prompt_text
from core.contenders.contender import Unanswered, answer_key
from core.contenders.cost import Spent, cost_words, expected_cost
from tests.support.contenders import example_of

ITEMS = [example_of("one", "1"), example_of("two", "2"), example_of("three", "3")]
TODAY = date(2026, 11, 21)


def test_answers_are_found_by_item_and_by_prompt() -> None:
    file = AnswersFile("mine", {"a": "A"}, {"two": "B", "one": "not this"}, ITEMS[:2], ["a", "b"])
    asked = [file.conversation(item) for item in ITEMS[:2]]
    assert [(one.place, one.text) for one in file.answer(asked)] == [(0, "A"), (1, "B")]


def test_items_that_the_file_does_not_know_are_named() -> None:
    file = AnswersFile("mine", {"a": "A", "c": ""}, {}, ITEMS, ["a", "b", "c"])
    answers = file.answer([file.conversation(item) for item in ITEMS])
    assert [next(answers).text, next(answers).text] == ["A", ""]
    with pytest.raises(Unanswered) as missing:
        next(answers)
    assert list(missing.value.reasons) == [1]


def test_another_text_is_another_answer() -> None:
    first, second = (AnswersFile("m", {"a": text}, {}, ITEMS[:1], ["a"]) for text in "AB")
    asked = first.conversation(ITEMS[0])
    assert answer_key(first, asked) != answer_key(second, asked)


def test_a_prompt_of_several_turns_names_who_spoke() -> None:
    assert prompt_text(example_of("one", "1")) == "one"
    assert prompt_text(example_of("one", "1", system="S")) == "system: S\n\nuser: one"


def prices(*amounts: tuple[str, str, str]) -> PriceList:
    entries = [
        {"provider": who, "item": "m", "unit": unit, "amount": amount}
        | {"currency": "USD", "as_of": "2026-11-01", "source": "s"}
        for who, unit, amount in amounts
    ]
    return merged([PriceFile.model_validate({"price": entries})])


BOTH = (("p", "input_tokens_per_million", "0.10"), ("p", "output_tokens_per_million", "2"))
SPENT = Spent(requests=3, answers=3, tokens_in=2_000_000, tokens_out=500_000)


def test_a_cost_is_expected_between_short_and_longest_answers() -> None:
    counted = {"tokens_in": 2_000_000, "least_out": 10_000, "most_out": 500_000}
    assert expected_cost("m", prices(*BOTH), TODAY, **counted) == (
        "Cost: about 0.2200 USD if every answer is short, 1.2000 at most, by the price of p, m "
        "(2026-11-01, 20 days)."
    )
    assert expected_cost(None, prices(*BOTH), TODAY, **counted).startswith("Price not known")


def test_a_cost_is_said_with_whose_price_it_is() -> None:
    words = cost_words("gpt", SPENT, "m", prices(*BOTH), TODAY)
    assert words == (
        "gpt: 3 requests sent, 3 answers came; 2,000,000 tokens in, 500,000 out. "
        "Cost: 1.2000 USD by the price of p, m (2026-11-01, 20 days)."
    )


def test_a_cost_that_is_not_all_known_is_a_least_one() -> None:
    spent = Spent(requests=4, answers=3, tokens_in=10, tokens_out=10, uncounted=1)
    words = cost_words("gpt", spent, "m", prices(*BOTH), TODAY)
    assert "1 answer whose tokens" in words
    assert "Cost: at least 0.00002 USD" in words


@pytest.mark.parametrize(
    ("item", "known"),
    [(None, BOTH), ("other", BOTH), ("m", BOTH[:1]), ("m", (*BOTH, ("q", BOTH[1][1], "3")))],
)
def test_without_one_price_nothing_is_guessed(
    item: str | None, known: tuple[tuple[str, str, str], ...]
) -> None:
    words = cost_words("gpt", SPENT, item, prices(*known), TODAY)
    assert "Price not known" in words
    assert "USD" not in words
