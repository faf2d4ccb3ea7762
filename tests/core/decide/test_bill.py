"""Costs worked by hand to the cent, and what is said where a price is missing."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from core.catalog.price_list import Assumption, Price, PriceFile, PriceList, merged, price_list
from core.decide.answers import Answers
from core.decide.bill import Bill, Line, bill
from core.decide.missing import entry_for
from core.decide.money import cents
from core.decide.tree import Choice
from core.errors import DecisionError

TODAY = date(2026, 11, 21)
FIXED = {
    "minutes_per_label": "3",
    "people_per_example": "2",
    "tokens_per_example": "500",
    "epochs": "3",
    "input_tokens": "400",
    "output_tokens": "100",
    "rated_items": "40",
    "rated_contenders": "3",
    "minutes_per_rating": "1",
    "raters": "2",
    "gpu_tokens_per_second": "100",
    "storage_gb": "50",
    "months_of_use": "24",
}


def _price(unit: str, amount: str, **more: Any) -> Price:
    given = {"provider": "P", "item": "m", "currency": "USD", "as_of": "2026-11-01", "source": "s"}
    return Price.model_validate({**given, "unit": unit, "amount": amount, **more})


def _list(*prices: Price, **changed: tuple[str, str]) -> PriceList:
    known = {name: (value, value) for name, value in FIXED.items()} | changed
    assumed = tuple(
        Assumption(name=name, low=Decimal(low), high=Decimal(high))
        for name, (low, high) in known.items()
    )
    return merged([PriceFile(price=prices, assumption=assumed)])


def _bill(prices: PriceList, choice: Choice = "fine_tune", **answers: Any) -> Bill:
    return bill(Answers(**answers), choice, prices, today=TODAY)


def _line(found: Bill, name: str) -> Line:
    (line,) = [line for line in found.lines if line.name == name]
    return line


@pytest.mark.parametrize(
    ("name", "prices", "answers", "low", "high"),
    [
        # 500 - 380 = 120 examples x 3 minutes x 2 people = 12 hours, at 41.25
        ("labelling", [("hour_of_work", "41.25")], {"labelled_examples": 380}, "495.00", "495.00"),
        ("labelling", [("hour_of_work", "41.25")], {"labelled_examples": 900}, "0.00", "0.00"),
        # 600 x 500 tokens x 3 epochs = 0.9 million, at 0.48 to 1.35
        (
            "hosted training",
            [("training_tokens_per_million", "0.48", {"up_to": "1.35"})],
            {"labelled_examples": 600},
            "0.43",
            "1.22",
        ),
        # 1200 x 365/12 = 36,500 requests; 14.6 M in at 0.75 = 10.95, 3.65 M out at 4.50 = 16.425
        (
            "hosted answering",
            [("input_tokens_per_million", "0.75"), ("output_tokens_per_million", "4.50")],
            {"requests_per_day": 1200},
            "27.38",
            "27.38",
        ),
        (
            "hosted answering",
            [("input_tokens_per_million", "0.75"), ("output_tokens_per_million", "4.50")],
            {"requests_per_day": 0},
            "0.00",
            "0.00",
        ),
        # 1e15 x 365/12 requests x (400 x 0.75 + 100 x 4.50) / 1e6
        (
            "hosted answering",
            [("input_tokens_per_million", "0.75"), ("output_tokens_per_million", "4.50")],
            {"requests_per_day": 1e15},
            "22812500000000.00",
            "22812500000000.00",
        ),
        # 730 hours x 0.7992 = 583.416
        ("GPU rented", [("gpu_hour", "0.7992")], {}, "583.42", "583.42"),
        # 1599 / 24 = 66.625; 2000 / 24 = 83.33...
        ("GPU bought", [("gpu_bought", "1599", {"up_to": "2000"})], {}, "66.63", "83.33"),
        ("storage", [("storage_gb_month", "0.07")], {}, "3.50", "3.50"),
        # 40 items x 3 contenders x 4 raters x 1 minute = 8 hours
        ("rating", [("hour_of_work", "30")], {"raters": 4}, "240.00", "240.00"),
    ],
)
def test_costs_are_those_worked_by_hand(
    name: str, prices: list[Any], answers: dict[str, Any], low: str, high: str
) -> None:
    known = _list(*(_price(one[0], one[1], **(one[2] if one[2:] else {})) for one in prices))
    line = _line(_bill(known, **answers), name)
    assert (line.low, line.high, line.currency) == (Decimal(low), Decimal(high), "USD")


def test_retrieval_is_paid_where_it_is_advised() -> None:
    known = _list(_price("retrieval_hour", "0.014"), _price("retrieval_month", "96", item="big"))
    found = [line for line in _bill(known, "retrieval").lines if line.name == "retrieval hosting"]
    assert [line.low for line in found] == [Decimal("10.22"), Decimal("96.00")]
    assert not [line for line in _bill(known).lines if line.name == "retrieval hosting"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("labelling", "hour of work"),
        ("rating", "hour of work"),
        ("hosted training", "training tokens"),
        ("hosted answering", "input and output tokens"),
        ("GPU rented", "rent of a GPU"),
        ("storage", "price of storage"),
    ],
)
def test_a_missing_price_is_said_and_never_guessed(name: str, words: str) -> None:
    line = _line(_bill(_list(), requests_per_day=5), name)
    assert (line.low, line.high, line.currency) == (None, None, None)
    assert words in line.note
    assert "not known" in line.words


def test_half_of_a_price_makes_no_figure() -> None:
    known = _list(_price("input_tokens_per_million", "1"))
    assert _line(_bill(known, requests_per_day=5), "hosted answering").low is None


def test_an_unknown_volume_makes_no_monthly_figure() -> None:
    known = _list(_price("input_tokens_per_million", "1"), _price("output_tokens_per_million", "1"))
    line = _line(_bill(known), "hosted answering")
    assert line.low is None
    assert "requests a day" in line.note


def test_currencies_are_kept_apart() -> None:
    known = _list(
        _price("input_tokens_per_million", "1"),
        _price("output_tokens_per_million", "1", currency="EUR"),
        _price("gpu_hour", "1", currency="EUR"),
        _price("gpu_hour", "1", item="other", currency="CHF"),
    )
    found = _bill(known, requests_per_day=5)
    assert _line(found, "hosted answering").low is None, "input in dollars, output in euros"
    assert [one.currency for one in found.lines if one.name == "GPU rented"] == ["EUR", "CHF"]
    assert found.break_evens == ()


def test_input_and_output_of_one_offer_are_joined_in_their_own_currency_only() -> None:
    for asked, answered in (("EUR", "USD"), ("USD", "EUR")):
        known = _list(
            _price("input_tokens_per_million", "1", currency=asked),
            _price("output_tokens_per_million", "1", currency=answered),
        )
        line = _line(_bill(known, requests_per_day=5), "hosted answering")
        assert (line.low, line.currency) == (None, None)
        assert _bill(known).break_evens == ()


def test_a_machine_is_compared_with_hosting_in_its_own_currency_only() -> None:
    tokens = ("input_tokens_per_million", "output_tokens_per_million")
    hosted = [_price(unit, "1") for unit in tokens]
    assert _bill(_list(*hosted, _price("gpu_hour", "1", currency="EUR"))).break_evens == ()
    assert len(_bill(_list(*hosted, _price("gpu_hour", "1"))).break_evens) == 1


def test_data_that_may_not_leave_gets_no_price_of_a_service() -> None:
    found = bill(
        Answers(data_may_leave="no", requests_per_day=9), "fine_tune", price_list(), today=TODAY
    )
    assert not [line for line in found.lines if line.name.startswith("hosted")]
    assert not [line for line in found.lines if line.name == "GPU rented"], "rent is sent away too"
    assert _line(found, "storage").low is None
    assert found.break_evens == ()


def test_a_budget_is_compared_in_each_currency_and_never_converted() -> None:
    known = _list(
        _price("gpu_hour", "1"),
        _price("gpu_hour", "0.1", up_to="1", item="either"),
        _price("gpu_hour", "0.2", item="cheap", currency="EUR"),
    )
    assert _bill(known, monthly_budget=200).budget == (
        "If the budget is in USD: of 2 monthly offers it covers 0, 1 cost more, 1 depend.",
        "If the budget is in EUR: of 1 monthly offers it covers 1, 0 cost more, 0 depend.",
    )
    assert _bill(known).budget == ()


def test_ages_are_shown_and_an_expired_price_is_not_used() -> None:
    known = _list(
        _price("gpu_hour", "1", as_of="2026-08-01"),
        _price("gpu_hour", "2", item="gone", valid_until="2026-11-20"),
        _price("gpu_hour", "3", item="fresh", as_of="2026-11"),
    )
    rented = [line for line in _bill(known).lines if line.name == "GPU rented"]
    assert [line.offer for line in rented] == [
        "P, m (2026-08-01, 112 days, old)",
        "P, fresh (2026-11, this month)",
    ]


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [("0.005", "0.01"), ("0.0049999", "0.00"), ("1.115", "1.12"), ("1e300", "1" + "0" * 300)],
)
def test_a_half_cent_is_rounded_upwards_once(amount: str, rounded: str) -> None:
    assert cents(Fraction(amount)) == Decimal(rounded)


def test_a_file_of_your_own_replaces_and_adds(tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text(
        '[[price]]\nprovider = "Runpod"\nitem = "L4 24 GB"\nunit = "gpu_hour"\namount = "0.5"\n'
        'currency = "USD"\nas_of = "2026-11-20"\nsource = "our contract"\n'
        '[[price]]\nprovider = "us"\nitem = "a colleague"\nunit = "hour_of_work"\namount = "60"\n'
        'currency = "EUR"\nas_of = "2026-11-20"\nsource = "payroll"\n'
        '[[assumption]]\nname = "epochs"\nlow = "2"\nhigh = "2"\n'
    )
    shipped, merged_list = price_list(), price_list(own)
    found = {(one.provider, one.item): one for one in merged_list.prices}
    assert found["Runpod", "L4 24 GB"].amount == Decimal("0.5")
    assert found["us", "a colleague"].confidence == "user"
    assert len(merged_list.prices) == len(shipped.prices) + 1
    assert merged_list.assumptions["epochs"].high == 2
    assert price_list(tmp_path / "nowhere.toml") == shipped


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ('currency = "usd"', "currency"),
        ('as_of = "yesterday"', "as_of"),
        ('as_of = "2026-02-31"', "price"),
        ('amount = "-1"', "amount"),
        ('up_to = "0.1"', "up_to"),
    ],
)
def test_a_wrong_price_names_its_field(tmp_path: Path, line: str, field: str) -> None:
    fields = {
        "provider": '"x"',
        "item": '"y"',
        "unit": '"gpu_hour"',
        "amount": '"1"',
        "currency": '"USD"',
        "as_of": '"2026-01-01"',
        "source": '"z"',
    }
    name, _, value = line.partition(" = ")
    fields[name] = value
    own = tmp_path / "prices.toml"
    own.write_text("[[price]]\n" + "".join(f"{key} = {one}\n" for key, one in fields.items()))
    with pytest.raises(DecisionError, match=field):
        price_list(own)


def test_every_shipped_price_has_a_day_and_an_address() -> None:
    for price in price_list().prices:
        assert price.said_on <= TODAY
        assert price.read is not None
        assert price.said_on <= price.read <= TODAY
        assert price.source.startswith("https://")
        assert price.confidence != "user"
    assert set(price_list().assumptions) == set(FIXED)


@pytest.mark.parametrize(
    ("as_of", "words"),
    [
        ("2026-11-22", "dated in the future"),
        ("2026-12", "dated in the future"),
        ("2026-11-21", "today"),
        ("2026-11-20", "1 day"),
        ("2026-11", "this month"),
        ("2026-10", "1 month"),
        ("2026-08-23", "90 days"),
        ("2026-08-22", "91 days, old"),
        ("2026-03", "8 months, old"),
        ("2024-11-22", "729 days, old"),
        ("2024-11-21", "2 years, old"),
        ("1999-01", "27 years, old"),
    ],
)
def test_an_age_is_said_as_people_say_it_and_is_never_negative(as_of: str, words: str) -> None:
    assert _price("gpu_hour", "1", as_of=as_of).age_words(TODAY) == words


def test_a_missing_price_is_named_once_with_what_wants_it_and_where_it_goes() -> None:
    found = {one.unit: one for one in _bill(_list(), requests_per_day=5).missing}
    assert found["hour_of_work"].wanted_for == ("labelling", "rating")
    assert found["gpu_hour"].wanted_for == ("GPU rented", "hosted against an own machine")
    assert set(found) == {
        "hour_of_work",
        "training_tokens_per_million",
        "input_tokens_per_million",
        "output_tokens_per_million",
        "gpu_hour",
        "gpu_bought",
        "storage_gb_month",
    }
    assert 'prices.toml of the workspace, with unit = "gpu_hour"' in found["gpu_hour"].words


def test_a_price_that_ran_out_is_missing_and_said_to_have_been_known() -> None:
    known = _list(_price("gpu_hour", "2", valid_until="2026-11-20"))
    found = {one.unit: one for one in _bill(known).missing}
    assert "ended on 2026-11-20" in found["gpu_hour"].words
    assert "ended" not in found["gpu_bought"].words


def test_what_is_written_for_a_missing_price_is_read_once_it_is_filled_in(tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    missing = _bill(_list()).missing
    filled = "".join(entry_for(one.unit, TODAY) for one in missing).replace("0.00", "7.50")
    own.write_text(filled.replace("WHAT IT IS", "our own"))
    after = _bill(merged([_pricefile(own), *_assumed()]), labelled_examples=0, requests_per_day=1)
    assert after.missing == ()
    assert len(after.break_evens) == 1


def _pricefile(path: Path) -> PriceFile:
    return PriceFile(price=tuple(one for one in price_list(path).prices if one.item == "our own"))


def _assumed() -> list[PriceFile]:
    return [PriceFile(assumption=tuple(_list().assumptions.values()))]


@pytest.mark.parametrize(
    ("prices", "answers", "words"),
    [
        ([], {"data_may_leave": "no"}, "Data may not leave"),
        ([], {}, "A price is missing"),
        (
            [("input_tokens_per_million", {}), ("output_tokens_per_million", {"item": "x"})],
            {},
            "of input and of output",
        ),
        (
            [("input_tokens_per_million", {}), ("output_tokens_per_million", {})],
            {},
            "none is converted",
        ),
    ],
)
def test_why_there_is_no_break_even_is_said(
    prices: list[Any], answers: dict[str, Any], words: str
) -> None:
    known = [_price(unit, "1", **more) for unit, more in prices]
    if known:
        known.append(_price("gpu_hour", "1", currency="EUR"))
    found = _bill(_list(*known), **answers)
    assert found.break_evens == ()
    assert words in found.no_break_even
    assert _bill(_list(), "prompting").no_break_even == ""
