"""Prices and assumptions from files: each price with its day and source, yours before ours."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from core.errors import DecisionError
from core.spec_file import Spec, build, read_toml

Unit = Literal[
    "input_tokens_per_million",
    "output_tokens_per_million",
    "training_tokens_per_million",
    "gpu_hour",
    "gpu_bought",
    "storage_gb_month",
    "retrieval_hour",
    "retrieval_month",
    "hour_of_work",
]
Confidence = Literal["stated", "reported", "user"]
OLD_AFTER_DAYS = 90
"""From this age on a price is shown as old."""
_YEARS_FROM = 2 * 365
"""From this age on nobody counts the days."""
_HERE = Path(__file__).parent


class Price(Spec):
    """What one thing costs, when that was read, and where."""

    provider: str = Field(min_length=1, max_length=60)
    """Who asks it."""
    item: str = Field(min_length=1, max_length=80)
    """What is bought: a model, a GPU, a disk, an hour of somebody."""
    unit: Unit
    """What the amount is for."""
    amount: Decimal = Field(ge=0, allow_inf_nan=False)
    """The price, or the low end of it; written as text, so that no cent is lost."""
    up_to: Decimal | None = Field(default=None, ge=0, allow_inf_nan=False)
    """The high end, where a price depends on what is chosen."""
    minimum: Decimal = Field(default=Decimal(0), ge=0, allow_inf_nan=False)
    """Least that a bill comes to, however little is bought."""
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    """ISO 4217, as in USD; amounts in different currencies are never added."""
    as_of: str = Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])(-[0-9]{2})?$")
    """The day, or the month, on which the source said so."""
    valid_until: date | None = None
    """Last day on which it may be used; unset where no end is known."""
    source: str = Field(min_length=1, max_length=300)
    """Where it was read."""
    read: date | None = None
    """The day somebody last looked it up there; unset where that was not kept."""
    confidence: Confidence = "user"
    """`stated` by who asks it, `reported` by others, or your own."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.up_to is not None and self.up_to < self.amount:
            raise ValueError("up_to must not be less than amount")
        _ = self.said_on
        return self

    @property
    def high(self) -> Decimal:
        """The high end; the amount itself where there is no other."""
        return self.amount if self.up_to is None else self.up_to

    @property
    def said_on(self) -> date:
        """The day on which the source said so; the first of the month where only that is known."""
        return date.fromisoformat(self.as_of if self._has_day else f"{self.as_of}-01")

    @property
    def _has_day(self) -> bool:
        return len(self.as_of) > len("2026-11")

    def age(self, today: date) -> int:
        """Return its age in days; negative for a date that is still to come."""
        return (today - self.said_on).days

    def age_words(self, today: date) -> str:
        """Return its age as people say it, and whether that is long ago or cannot be."""
        days = self.age(today)
        if days < 0:
            return "dated in the future"
        old = ", old" if days > OLD_AFTER_DAYS else ""
        if days >= _YEARS_FROM:
            return f"{days // 365} years{old}"
        if not self._has_day:
            months = (today.year - self.said_on.year) * 12 + today.month - self.said_on.month
            return f"{_counted(months, 'month')}{old}" if months else "this month"
        return f"{_counted(days, 'day')}{old}" if days else "today"

    def said(self, today: date) -> str:
        """Return who asks it, when that was said, and whether that is long ago."""
        return f"{self.provider}, {self.item} ({self.as_of}, {self.age_words(today)})"

    @property
    def source_words(self) -> str:
        """Return where it was read, with the day of the source and of the reading."""
        read = f", read {self.read.isoformat()}" if self.read else ""
        return f"{self.source} (of {self.as_of}{read})"


def _counted(number: int, word: str) -> str:
    """Return a number of things, one of them without its plural."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


class Assumption(Spec):
    """A range for something that nobody measured yet."""

    name: str
    """What the costs call it."""
    low: Decimal = Field(gt=0, allow_inf_nan=False)
    """The low end."""
    high: Decimal = Field(gt=0, allow_inf_nan=False)
    """The high end."""
    why: str = Field(default="Yours.", max_length=300)
    """Where the range comes from."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.high < self.low:
            raise ValueError("high must not be less than low")
        return self


class PriceFile(Spec):
    """A file of prices, of assumptions, or of both."""

    price: tuple[Price, ...] = ()
    """The prices, in any order."""
    assumption: tuple[Assumption, ...] = ()
    """The assumptions, in any order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """All prices and assumptions that count."""

    prices: tuple[Price, ...]
    assumptions: Mapping[str, Assumption]
    """By name."""

    def of(self, unit: Unit, *, today: date) -> tuple[Price, ...]:
        """Return the prices for a unit that may still be used; empty where none is known."""
        return tuple(
            price
            for price in self.prices
            if price.unit == unit and (price.valid_until is None or price.valid_until >= today)
        )

    def ran_out(self, unit: Unit, *, today: date) -> date | None:
        """Return the last day of the newest price for a unit that may not be used any more."""
        ends = [price.valid_until for price in self.prices if price.unit == unit]
        return max((end for end in ends if end is not None and end < today), default=None)


def price_list(own: Path | None = None) -> PriceList:
    """Return the shipped list, with the entries of a file of your own in place of ours."""
    files = [*_shipped()]
    if own is not None and own.exists():
        values = read_toml(own, error=DecisionError)
        files.append(build(PriceFile, values, where=str(own), error=DecisionError))
    return merged(files)


def merged(files: Iterable[PriceFile]) -> PriceList:
    """Return one list of several files; of two entries for the same thing the later one counts."""
    prices: dict[tuple[str, str, str, str], Price] = {}
    assumptions: dict[str, Assumption] = {}
    for file in files:
        for price in file.price:
            key = (price.provider, price.item, price.unit, price.currency)
            prices.pop(key, None)  # so that what was said last stands last, in any currency
            prices[key] = price
        assumptions |= {one.name: one for one in file.assumption}
    return PriceList(prices=tuple(prices.values()), assumptions=assumptions)


@cache
def _shipped() -> tuple[PriceFile, ...]:
    """Return the files that come along."""
    paths = [*sorted((_HERE / "prices").glob("*.toml")), _HERE / "assumptions.toml"]
    return tuple(
        build(PriceFile, read_toml(path, error=DecisionError), where=path.name, error=DecisionError)
        for path in paths
    )
