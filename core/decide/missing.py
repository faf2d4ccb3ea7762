"""Prices that a bill would need and nobody entered: which they are, and what to write where."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from core.catalog.price_list import PriceList, Unit

PRICE_FILE = "prices.toml"
"""The file of the workspace that takes prices of one's own."""
_WHAT: Mapping[Unit, str] = {
    "input_tokens_per_million": "a million tokens sent to a hosted model",
    "output_tokens_per_million": "a million tokens written by a hosted model",
    "training_tokens_per_million": "a million tokens trained by a service",
    "gpu_hour": "an hour of a rented GPU",
    "gpu_bought": "a GPU to buy",
    "storage_gb_month": "a gigabyte stored for a month",
    "retrieval_hour": "an hour of hosted search",
    "retrieval_month": "a month of hosted search",
    "hour_of_work": "an hour of somebody who labels or rates",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """One price that is not known."""

    unit: Unit
    """What an entry for it says in `unit`."""
    wanted_for: tuple[str, ...]
    """The costs that cannot be told without it."""
    ran_out: date | None
    """The last day of a price that was known; None where there never was one."""

    @property
    def words(self) -> str:
        """Return which price is missing and where to put it."""
        ended = f" The one that was known ended on {self.ran_out}." if self.ran_out else ""
        return (
            f"{_WHAT[self.unit].capitalize()}, for {' and '.join(self.wanted_for)}.{ended} "
            f'Put it into {PRICE_FILE} of the workspace, with unit = "{self.unit}".'
        )

    def as_json(self) -> dict[str, object]:
        """Return the form inside `decide --json`."""
        return {
            "unit": self.unit,
            "wanted_for": list(self.wanted_for),
            "ran_out": None if self.ran_out is None else self.ran_out.isoformat(),
            "words": self.words,
        }


def missing_prices(
    wanted: Iterable[tuple[Unit, str]], prices: PriceList, *, today: date
) -> tuple[Missing, ...]:
    """Return each price once, with every cost that wants it."""
    costs: dict[Unit, dict[str, None]] = {}
    for unit, cost in wanted:
        costs.setdefault(unit, {})[cost] = None
    return tuple(
        Missing(unit=unit, wanted_for=tuple(names), ran_out=prices.ran_out(unit, today=today))
        for unit, names in costs.items()
    )


def entry_for(unit: str, today: date) -> str:
    """Return the lines that an entry for a price takes, with places to fill in."""
    return (
        f'[[price]]\nunit = "{unit}"\nprovider = "WHO ASKS IT"\nitem = "WHAT IT IS"\n'
        f'amount = "0.00"\ncurrency = "USD"\nas_of = "{today.isoformat()}"\n'
        'source = "WHERE YOU READ IT"\n'
    )
