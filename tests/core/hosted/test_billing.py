"""What is billed follows the formula that each service publishes, computed here a second time."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalog.price_list import Price, price_list
from core.hosted.billing import NO_ROWS, Rows, Settings, Tokens, billing_of, epochs_of
from core.hosted.chat_count import chat_tokens
from core.hosted.plan import Wish, make_plan
from core.hosted.prices import estimate
from core.workspace import Workspace

PRICE = Price(
    provider="Together",
    item="m",
    unit="training_tokens_per_million",
    amount=Decimal("0.48"),
    currency="USD",
    as_of="2026-11-20",
    source="its page",
)


def words(text: str) -> int:
    return len(text.split())


# The published worked example of a chat: three a turn, the role and the text, three a row.
CHAT = {
    "messages": [
        {"role": "system", "content": "one two three"},
        {"role": "user", "content": "four", "name": "ana"},
        {"role": "assistant", "content": "five six", "weight": 0},
    ]
}


def test_a_chat_costs_three_a_turn_and_three_a_row_beside_its_texts() -> None:
    texts = (1 + 3) + (1 + 1 + 1) + (1 + 2)
    assert chat_tokens(CHAT, words) == texts + 3 * 3 + 1 + 3


@given(st.lists(st.tuples(st.sampled_from("su"), st.text("ab ", max_size=8)), max_size=5))
def test_any_chat_is_counted_as_its_turns_one_by_one(turns: list[tuple[str, str]]) -> None:
    row = {"messages": [{"role": role, "content": text} for role, text in turns]}
    alone = [chat_tokens({"messages": [turn]}, words) for turn in row["messages"]]
    assert chat_tokens(row, words) == sum(one - 3 for one in alone if one is not None) + 3


@pytest.mark.parametrize(
    "row",
    [
        {**CHAT, "tools": []},
        {"messages": [{"role": "assistant", "content": None, "tool_calls": [{}]}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
        {"messages": [{"role": "tool", "content": "x", "tool_call_id": "1"}]},
        {"input": {}, "preferred_output": [], "non_preferred_output": []},
    ],
)
def test_what_no_rule_covers_is_not_counted(row: dict[str, object]) -> None:
    assert chat_tokens(row, words) is None


@given(
    train=st.integers(1, 10**8),
    validation=st.integers(0, 10**7),
    epochs=st.integers(1, 20),
    evaluations=st.integers(0, 10),
)
def test_together_bills_epochs_of_train_and_evaluations_of_validation(
    train: int, validation: int, epochs: int, evaluations: int
) -> None:
    settings: Settings = {"n_epochs": epochs, "n_evals": evaluations}
    bill = billing_of(
        "together",
        Rows(10, Tokens(train, train)),
        Rows(2, Tokens(validation, validation)),
        settings,
        context=None,
    )
    found = estimate(bill, epochs_of(settings, "n_epochs", otherwise=(1, 4)), PRICE)
    tokens = epochs * train + evaluations * validation
    assert found.tokens == tokens
    assert found.low == found.high
    assert found.low is not None
    owed = Fraction(tokens) * Fraction("0.48") / 1_000_000
    assert abs(Fraction(found.low) - owed) <= Fraction(1, 200)


def test_unpacked_rows_count_as_the_longest_sequence() -> None:
    rows = Rows(300, Tokens(10, 5000))
    settings: Settings = {"packing": False, "max_seq_length": 4096}
    bill = billing_of("together", rows, NO_ROWS, settings, context=None)
    assert estimate(bill, (2, 2), PRICE).tokens == 2 * 300 * 4096
    by_model = billing_of("together", rows, NO_ROWS, {"packing": False}, context=1024)
    assert by_model.train == Tokens(300 * 1024, 300 * 1024)
    nobody_knows = billing_of("together", rows, NO_ROWS, {"packing": False}, context=None)
    unsaid = estimate(nobody_knows, (2, 2), PRICE)
    assert (unsaid.tokens, unsaid.low) == (None, None)


def test_others_bill_the_train_tokens_of_every_epoch_and_nothing_beside() -> None:
    for service in ("openai", "fireworks"):
        bill = billing_of(
            service,
            Rows(1, Tokens(500, 500)),
            Rows(1, Tokens(99, 99)),
            {"n_evals": 3, "packing": False},
            context=8,
        )
        assert estimate(bill, (3, 3), PRICE).tokens == 1500


def test_a_least_charge_is_charged() -> None:
    least = PRICE.model_copy(update={"minimum": Decimal("5.00")})
    bill = billing_of("openai", Rows(1, Tokens(1000, 1000)), NO_ROWS, {}, context=None)
    assert estimate(bill, (1, 1), least).low == Decimal("5.00")
    large = billing_of("openai", Rows(1, Tokens(10**9, 10**9)), NO_ROWS, {}, context=None)
    assert estimate(large, (1, 1), least).low == Decimal("480.00")


def test_epochs_among_the_settings_are_those_that_are_priced(hosted_workspace: Workspace) -> None:
    wish = Wish(
        provider="openai",
        model="gpt-4o-2024-08-06",
        split="tickets",
        epochs=3,
        hyperparameters={"n_epochs": 7},
    )
    made = make_plan(hosted_workspace, wish, today=date(2026, 11, 20), environment={})
    assert made.spec.hyperparameters == {"n_epochs": 7}
    assert made.estimate.epochs == (7.0, 7.0)
    assert made.spec.price.epochs == 7.0


def test_of_prices_in_two_currencies_the_one_that_was_said_last_stands_last(tmp_path: Path) -> None:
    shipped = price_list().prices[0]
    own = tmp_path / "prices.toml"
    entry = (
        f'[[price]]\nprovider = "{shipped.provider}"\nitem = "{shipped.item}"\n'
        f'unit = "{shipped.unit}"\namount = "1"\nas_of = "2026-11-19"\nsource = "mine"\n'
    )
    own.write_text(f'{entry}currency = "EUR"\n{entry}currency = "{shipped.currency}"\n')
    last = price_list(own).prices[-1]
    assert (last.source, last.currency) == ("mine", shipped.currency)
