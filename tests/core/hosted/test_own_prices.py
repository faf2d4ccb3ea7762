"""A price that a person enters counts first, is taken back, and leaves the file else as it was."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import DecisionError
from core.hosted.own_prices import known_price, price_said, put_price, take_back

TODAY = date(2026, 11, 20)
MODEL = "gpt-4o-2024-08-06"
MINE = """\
# What we pay, by contract.
[[assumption]]
name = "hours of labelling"
low = "1"
high = "2"

[[price]]  # the flat
provider = "us"
item = "an hour"
unit = "hour_of_work"
amount = "40"
currency = "EUR"
as_of = "2026-11"
source = '''
[[price]]
'''
# the end
"""


def said(text: str, model: str = MODEL) -> None:
    price_said(text, service="OpenAI", model=model, today=TODAY)


def enter(own: Path, text: str) -> None:
    put_price(own, price_said(text, service="OpenAI", model=MODEL, today=TODAY))


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "prices.toml"


def amount(own: Path) -> tuple[Decimal, str, bool]:
    found = known_price("OpenAI", MODEL, own=own, today=TODAY)
    assert found.price is not None
    return found.price.amount, found.price.currency, found.yours


def test_the_newest_counts_and_each_is_taken_back_in_turn(own: Path) -> None:
    assert amount(own) == (Decimal("25.00"), "USD", False)
    enter(own, "20 the contract")
    enter(own, "18.50 EUR 2026-11-01 https://example.com/prices, by mail")
    assert amount(own) == (Decimal("18.50"), "EUR", True)
    enter(own, "$19 another mail")
    assert amount(own) == (Decimal("19"), "USD", True)
    for left in (Decimal("18.50"), Decimal("20")):
        assert take_back(own, "OpenAI", MODEL) is not None
        assert amount(own)[0] == left
    assert take_back(own, "OpenAI", MODEL) is not None
    assert amount(own) == (Decimal("25.00"), "USD", False)
    assert take_back(own, "OpenAI", MODEL) is None


def test_what_stands_in_the_file_stays_as_it_was_typed(own: Path) -> None:
    own.write_text("[[price]]\n" + MINE.partition("[[price]]  # the flat\n")[2].replace("'''", '"'))
    with pytest.raises(DecisionError):
        enter(own, "20 the contract")  # a file that cannot be read is not written over
    own.write_text(MINE)
    enter(own, "20 the contract")
    assert own.read_text().startswith(MINE.rstrip())
    with pytest.raises(DecisionError, match="was not changed"):
        take_back(own, "OpenAI", MODEL)  # the text that looks like a head cannot be told from one
    plain = MINE.replace("'''\n[[price]]\n", "'''\nIt says so\n")
    own.write_text(plain)
    enter(own, "20 the contract")
    assert take_back(own, "OpenAI", MODEL) is not None
    assert own.read_text().rstrip() == plain.rstrip()


def test_prices_in_another_form_are_left_to_the_person(own: Path) -> None:
    inline = "price = []\n"
    own.write_text(inline)
    with pytest.raises(DecisionError, match="was not changed"):
        enter(own, "20 the contract")
    assert own.read_text() == inline


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "does not begin with an amount"),
        ("about 20 a page", "does not begin with an amount"),
        ("-3 a page", "does not begin with an amount"),
        ("20", "names no source"),
        ("20 USD 2026-11-20", "names no source"),
        ("20 2026-11-31 a page", "is no day that has been"),
        ("20 2026-11-21 a page", "is no day that has been"),
    ],
)
def test_a_price_without_amount_day_or_source_is_refused(text: str, why: str) -> None:
    with pytest.raises(DecisionError) as refused:
        said(text)
    assert why in refused.value.why


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    st.decimals(0, 10**6, places=2),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=40),
)
def test_any_source_and_amount_is_read_back_as_it_was_entered(
    own: Path, cost: Decimal, source: str
) -> None:
    own.unlink(missing_ok=True)
    words = f"{cost} USD 2026-11-19 from {source}"
    entered = price_said(words, service="OpenAI", model=MODEL, today=TODAY)
    put_price(own, entered)
    found = known_price("OpenAI", MODEL, own=own, today=TODAY)
    assert found.price == entered
    again = price_said(found.typed, service="OpenAI", model=MODEL, today=TODAY)
    assert again == entered
    assert take_back(own, "OpenAI", MODEL) == entered
    assert own.read_text().strip() == ""
