"""What a training costs, from price files with their day and source; no entry, no figure."""

from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from pathlib import Path

from core.catalog import price_list as prices_of_files
from core.catalog.hosted_models import HostedModel
from core.catalog.price_list import Price, PriceFile, Unit, price_list
from core.errors import DecisionError
from core.hosted.billing import Billing
from core.hosted.consignment import Estimate
from core.spec_file import build, read_toml

UNIT: Unit = "training_tokens_per_million"
"""What training is priced by in the price files."""
_MILLION = Decimal(1_000_000)
_CENT = Decimal("0.01")
_FILE = Path(prices_of_files.__file__).with_name("tuning_prices.toml")
AUTO_EPOCHS = (1.0, 4.0)
"""What is assumed where the service chooses the epochs itself; our assumption, and said as such."""


def training_price(
    service: str, model_id: str, model: HostedModel | None, *, own: Path, today: date
) -> Price | None:
    """Return the price of training a model, yours before ours; None where none may be used.

    An entry of yours may name the model itself, or the item that the catalog names for it. A
    price is never taken from another model, nor scaled.
    """
    listed = [*_shipped().price, *price_list(own).prices]
    names = [model_id, *([model.price] if model is not None and model.price else [])]
    for wanted in names:
        fitting = [
            one
            for one in listed
            if (one.provider.casefold(), one.item, one.unit) == (service.casefold(), wanted, UNIT)
        ]
        usable = [one for one in fitting if one.valid_until is None or one.valid_until >= today]
        if usable:
            return usable[-1]  # later files are the person's own
    return None


def estimate(bill: Billing, epochs: tuple[float, float], price: Price | None) -> Estimate:
    """Return what a bill comes to; exact where tokens and epochs are, else a range."""
    if bill.train is None:
        return Estimate(tokens=None, epochs=epochs)
    low, high = bill.over(epochs[0]), bill.over(epochs[1])
    tokens = int(low.low) if low.low == high.high else None
    counted = bill.train.counted
    if price is None:
        return Estimate(tokens=tokens, epochs=epochs, counted=counted)
    least = max(low.low * price.amount / _MILLION, price.minimum)
    most = max(high.high * price.high / _MILLION, price.minimum)
    if least == most:
        least = most = least.quantize(_CENT, ROUND_HALF_UP)
    else:
        least, most = least.quantize(_CENT, ROUND_FLOOR), most.quantize(_CENT, ROUND_CEILING)
    return Estimate(
        tokens=tokens,
        epochs=epochs,
        low=least,
        high=most,
        currency=price.currency,
        basis="price_file",
        source=price.source,
        as_of=price.as_of,
        counted=counted,
    )


def money(amount: Decimal, currency: str) -> str:
    """Return an amount as people write it."""
    return f"${amount:,.2f}" if currency == "USD" else f"{amount:,.2f} {currency}"


def cost_words(found: Estimate, today: date) -> str:
    """Return the price line: an amount with its source and day, or that none is known."""
    if found.low is None or found.high is None:
        return "price not known; read the service's page, then enter it, with its day and source"
    amount = money(found.low, found.currency)
    if found.low != found.high:
        amount += f" to {money(found.high, found.currency)}"
    epochs = _epochs(found.epochs)
    return f"{amount} for {epochs} ({found.as_of}{_old(found.as_of, today)}, {found.source})"


def per_day(found: Estimate, ends: date | None, today: date) -> str:
    """Return what the training costs for each day its model will answer; "" where not known."""
    if ends is None or ends <= today or found.high is None:
        return ""
    days = (ends - today).days
    each = (found.high / days).quantize(_CENT, ROUND_HALF_UP)
    if not each:
        return ""
    whole = money(found.high, found.currency)
    return f"{whole} for {days} days of use is {money(each, found.currency)} a day."


def _epochs(epochs: tuple[float, float]) -> str:
    low, high = epochs
    if low == high:
        return f"{low:g} epoch" + ("s" if low != 1 else "")
    return f"{low:g} to {high:g} epochs (chosen by the service; the range is our assumption)"


def _old(as_of: str, today: date) -> str:
    """Return a mark on a price that was read long ago."""
    said = date.fromisoformat(as_of if len(as_of) > len("2026-11") else f"{as_of}-01")
    return ", old" if (today - said).days > prices_of_files.OLD_AFTER_DAYS else ""


def _shipped() -> PriceFile:
    """Return our prices of models that are closed to most people."""
    values = read_toml(_FILE, error=DecisionError)
    return build(PriceFile, values, where=_FILE.name, error=DecisionError)
