"""Money is exact, ranges say why, and where no price is known no digit stands."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalog.hosted_models import hosted_model
from core.catalog.price_list import Price
from core.data.sources import to_row
from core.hosted.billing import Billing, Tokens
from core.hosted.lengths import tokens_of
from core.hosted.prices import (
    AUTO_EPOCHS,
    cost_words,
    estimate,
    per_day,
    training_price,
)

TODAY = date(2026, 11, 20)
NONE = Path("nowhere/prices.toml")


def bill(low: int, high: int) -> Billing:
    return Billing(Tokens(low, high))


def price(service: str, model: str, *, own: Path = NONE, today: date = TODAY) -> Price | None:
    return training_price(service, model, hosted_model(service, model), own=own, today=today)


def test_the_amount_is_exact_to_the_cent() -> None:
    known = price("OpenAI", "gpt-4o-2024-08-06")
    found = estimate(bill(240_000, 240_000), (3, 3), known)
    assert (found.low, found.high) == (Decimal("18.00"), Decimal("18.00"))
    assert found.tokens == 720_000
    assert found.basis == "price_file"
    tiny = estimate(bill(201, 201), (1, 1), known)  # 0.005025
    assert tiny.low == Decimal("0.01")


@given(
    st.integers(1, 10**9),
    st.integers(0, 10**6),
    st.floats(0.5, 4),
    st.floats(0, 3),
)
def test_a_range_holds_every_exact_amount_within_it(
    least: int, more: int, epochs: float, further: float
) -> None:
    known = price("OpenAI", "gpt-4o-2024-08-06")
    assert known is not None
    whole = estimate(bill(least, least + more), (epochs, epochs + further), known)
    one = Decimal(least + more) * Decimal(str(epochs)) * known.amount / 1_000_000
    assert whole.low is not None
    assert whole.high is not None
    assert whole.low - Decimal("0.01") < one < whole.high + Decimal("0.01")


def test_epochs_left_to_the_service_make_a_range_that_says_so() -> None:
    found = estimate(bill(100_000, 100_000), AUTO_EPOCHS, price("OpenAI", "gpt-4o-2024-08-06"))
    assert (found.low, found.high) == (Decimal("2.50"), Decimal("10.00"))
    assert found.tokens is None
    words = cost_words(found, TODAY)
    assert words.startswith("$2.50 to $10.00 for 1 to 4 epochs (chosen by the service; the range")


def test_source_and_day_stand_beside_the_amount_and_an_old_one_is_marked() -> None:
    found = estimate(bill(10**6, 10**6), (1, 1), price("OpenAI", "gpt-4o-2024-08-06"))
    assert cost_words(found, TODAY) == (
        "$25.00 for 1 epoch (2026-04-07, old, https://tokenmix.ai/blog/openai-fine-tuning-pricing)"
    )
    assert ", old" not in cost_words(found, date(2026, 4, 20))


def test_without_an_entry_no_digit_is_shown() -> None:
    for service, model in (
        ("OpenAI", "gpt-4.1-2025-04-14"),
        ("Together", "Qwen/Qwen3-8B"),
        ("Google Vertex AI", "gemini-3.5-flash"),
    ):
        assert price(service, model) is None
        words = cost_words(estimate(bill(5, 9), (1, 4), None), TODAY)
        assert not any(sign.isdigit() for sign in words)
        assert "then enter it, with its day and source" in words


def test_a_price_is_not_used_after_its_last_day() -> None:
    assert price("OpenAI", "gpt-4o-2024-08-06", today=date(2027, 1, 5)) is not None
    assert price("OpenAI", "gpt-4o-2024-08-06", today=date(2027, 1, 6)) is None


def test_no_price_is_taken_from_a_sibling() -> None:
    assert price("OpenAI", "gpt-4o-2024-11-20") is None


@pytest.mark.parametrize("item", ["gpt-4.1-2025-04-14", "gpt-4o, tuning"])
def test_an_entry_of_yours_counts_before_ours(tmp_path: Path, item: str) -> None:
    own = tmp_path / "prices.toml"
    own.write_text(
        f'[[price]]\nprovider = "openai"\nitem = "{item}"\namount = "20"\n'
        'unit = "training_tokens_per_million"\ncurrency = "EUR"\nas_of = "2026-11-19"\n'
        'source = "the contract"\n'
    )
    model = "gpt-4.1-2025-04-14" if item.startswith("gpt-4.1") else "gpt-4o-2024-08-06"
    found = price("OpenAI", model, own=own)
    assert found is not None
    assert (found.amount, found.confidence) == (Decimal("20"), "user")
    words = cost_words(estimate(bill(10**6, 10**6), (2, 2), found), TODAY)
    assert words == "40.00 EUR for 2 epochs (2026-11-19, the contract)"


def test_an_item_of_the_catalog_is_found_for_a_model_of_known_size() -> None:
    found = price("Fireworks", "accounts/fireworks/models/llama-v3p1-8b-instruct")
    assert found is not None
    assert found.amount == Decimal("0.50")


def test_the_cost_of_a_day_of_use() -> None:
    found = estimate(bill(240_000, 240_000), (3, 3), price("OpenAI", "gpt-4o-2024-08-06"))
    assert per_day(found, date(2027, 1, 14), TODAY) == "$18.00 for 55 days of use is $0.33 a day."
    assert per_day(found, None, TODAY) == ""
    assert per_day(estimate(bill(1, 2), (1, 4), None), date(2027, 1, 14), TODAY) == ""


def test_tokens_are_a_range_that_holds_common_counts() -> None:
    text = "The parcel came late and the zip of the jacket was broken on the first day. " * 20
    row = to_row(json.dumps({"prompt": text, "completion": "We send another."}).encode(), number=1)
    assert row.example is not None
    found = tokens_of([row.example])
    assert found.low < len(text.split()) * 1.3 < found.high
    assert not found.counted
