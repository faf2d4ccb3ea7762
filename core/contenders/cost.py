"""What asking an endpoint came to; an amount only where somebody wrote a price down."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from core.catalog.price_list import Price, PriceList

_MILLION = Decimal(1_000_000)
_PLACES = -4


@dataclass(slots=True)
class Spent:
    """What was asked of a server so far."""

    requests: int = 0
    """Requests sent, tries that failed included."""
    answers: int = 0
    """Answers that came."""
    tokens_in: int = 0
    """Tokens of prompts, as far as the server counted them."""
    tokens_out: int = 0
    """Tokens of answers, likewise."""
    uncounted: int = 0
    """Answers whose tokens the server did not count."""


def cost_words(name: str, spent: Spent, item: str | None, prices: PriceList, today: date) -> str:
    """Return one sentence on what was asked in this attempt and what it costs."""
    asked = (
        f"{name}: {_counted(spent.requests, 'request')} sent, "
        f"{_counted(spent.answers, 'answer')} came; "
        f"{spent.tokens_in:,} tokens in, {spent.tokens_out:,} out"
    )
    if spent.uncounted:
        without = _counted(spent.uncounted, "answer")
        asked += f", without those of {without} whose tokens the server left unsaid"
    return f"{asked}. {_amount(spent, item, prices, today)}"


def expected_cost(
    item: str | None,
    prices: PriceList,
    today: date,
    *,
    tokens_in: int,
    least_out: int,
    most_out: int,
) -> str:
    """Return one sentence on what asking would cost, between short and longest answers."""
    found = _both_prices(item, prices, today)
    if isinstance(found, str):
        return found
    into, out = found
    low = (into.amount * tokens_in + out.amount * least_out) / _MILLION
    high = (into.high * tokens_in + out.high * most_out) / _MILLION
    return (
        f"Cost: about {_rounded(low)} {out.currency} if every answer is short, {_rounded(high)} at "
        f"most, by the price of {out.said(today)}."
    )


def _amount(spent: Spent, item: str | None, prices: PriceList, today: date) -> str:
    """Return the cost, or why there is none."""
    found = _both_prices(item, prices, today)
    if isinstance(found, str):
        return found
    into, out = found
    low = (into.amount * spent.tokens_in + out.amount * spent.tokens_out) / _MILLION
    high = (into.high * spent.tokens_in + out.high * spent.tokens_out) / _MILLION
    upper = f" to {_rounded(high)}" if high != low else ""
    least = "at least " if spent.uncounted or spent.requests > spent.answers else ""
    return f"Cost: {least}{_rounded(low)}{upper} {out.currency} by the price of {out.said(today)}."


def _both_prices(item: str | None, prices: PriceList, today: date) -> tuple[Price, Price] | str:
    """Return the prices of tokens in and out, or why they are not known."""
    if item is None:
        return "Price not known: the endpoint names none."
    into = list(_prices("input_tokens_per_million", item, prices, today))
    out = list(_prices("output_tokens_per_million", item, prices, today))
    if len(into) != 1 or len(out) != 1 or into[0].currency != out[0].currency:
        which = "more than one" if len(into) > 1 or len(out) > 1 else "no"
        return f"Price not known: the price files have {which} usable price of {item}."
    return into[0], out[0]


def _prices(
    unit: Literal["input_tokens_per_million", "output_tokens_per_million"],
    item: str,
    prices: PriceList,
    today: date,
) -> Iterator[Price]:
    return (price for price in prices.of(unit, today=today) if price.item == item)


def _rounded(amount: Decimal) -> str:
    """Return an amount to four places, or to its first digit where that comes later."""
    place = min(_PLACES, amount.adjusted()) if amount else _PLACES
    return f"{amount.quantize(Decimal(1).scaleb(place), rounding=ROUND_HALF_UP):,f}"


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
