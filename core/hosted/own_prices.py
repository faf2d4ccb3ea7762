"""Prices that a person enters: put into the workspace's price file beside all that stands there.

The file is the person's: only whole entries are added at its end or taken out again, everything
else in it stays as it was typed.
"""

import json
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from core.catalog.hosted_models import HostedModel, hosted_model
from core.catalog.price_list import Price, PriceFile
from core.errors import DecisionError
from core.hosted.prices import UNIT, training_price
from core.spec_file import build, read_toml
from core.storage import replace_file
from core.text_safety import clip, visible

FORM = "AMOUNT [CURRENCY] [DAY] SOURCE, as in 25.00 USD 2026-11-20 https://example.com/prices"
"""How a price is typed in one line."""
_HEAD = re.compile(r"^\s*\[\[\s*price\s*\]\]\s*(#.*)?$")
_ANY_HEAD = re.compile(r"^\s*\[")
_AMOUNT = re.compile(r"^\$?([0-9]{1,9}(?:\.[0-9]{1,6})?)$")
_CURRENCY = re.compile(r"^[A-Z]{3}$")
_DAY = re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPrice:
    """What is known of the price of training one model."""

    model: str
    """What the service calls it."""
    price: Price | None
    """The entry that counts; None where none may be used."""
    yours: bool
    """Whether it stands in the file of the workspace."""

    @property
    def typed(self) -> str:
        """Return the entry as it would be typed; empty without one."""
        one = self.price
        return f"{one.amount} {one.currency} {one.as_of} {one.source}" if one is not None else ""


def known_price(service: str, model_id: str, *, own: Path, today: date) -> KnownPrice:
    """Return the price that counts for a model today."""
    model = hosted_model(service, model_id)
    price = training_price(service, model_id, model, own=own, today=today)
    yours = price is not None and price in _entries(own)
    return KnownPrice(model=model_id, price=price, yours=yours)


def price_said(text: str, *, service: str, model: str, today: date) -> Price:
    """Return the price of a million training tokens that a line of words says."""
    words = text.split()
    amount = _AMOUNT.match(words[0].replace(",", "")) if words else None
    if amount is None:
        raise _wrong(text, "It does not begin with an amount.")
    rest = words[1:]
    currency = rest.pop(0) if rest and _CURRENCY.match(rest[0]) else "USD"
    day = rest.pop(0) if rest and _DAY.match(rest[0]) else today.isoformat()
    if not rest:
        raise _wrong(text, "It names no source, and a price without one is a rumour.")
    if not _is_day(day, today):
        raise _wrong(text, f"{day} is no day that has been.")
    values = {
        "provider": service,
        "item": model,
        "unit": UNIT,
        "amount": amount.group(1),
        "currency": currency,
        "as_of": day,
        "source": visible(" ".join(rest)),
        "read": today,
        "confidence": "user",
    }
    return build(Price, values, where="the price", error=DecisionError)


def put_price(own: Path, price: Price) -> None:
    """Add an entry at the end of a price file, where it counts before every other."""
    before = _text(own)
    block = "\n".join(_lines(price))
    text = f"{before.rstrip()}\n\n{block}\n" if before.strip() else f"{block}\n"
    if _parsed(text, own) != (*_parsed(before, own), price):
        raise _by_hand(own)
    replace_file(own, text.encode())


def take_back(own: Path, service: str, model_id: str) -> Price | None:
    """Take the newest entry for a model out of a price file and return it; None without one.

    What was entered before it counts again, or what the catalogue says.
    """
    text = _text(own)
    entries = _parsed(text, own)
    names = _names(service, model_id)
    at = [number for number, one in enumerate(entries) if _is_for(one, service, names)]
    if not at:
        return None
    lines = text.splitlines(keepends=True)
    blocks = _blocks(lines)
    if len(blocks) != len(entries):
        raise _by_hand(own)
    begin, end = blocks[at[-1]]
    left = "".join([*lines[:begin], *lines[end:]])
    if _parsed(left, own) != (*entries[: at[-1]], *entries[at[-1] + 1 :]):
        raise _by_hand(own)
    replace_file(own, left.encode())
    return entries[at[-1]]


def _names(service: str, model_id: str) -> Sequence[str]:
    """Return what an entry for a model may call it."""
    model: HostedModel | None = hosted_model(service, model_id)
    return (model_id, *([model.price] if model is not None and model.price else []))


def _is_for(one: Price, service: str, names: Sequence[str]) -> bool:
    return one.provider.casefold() == service.casefold() and one.unit == UNIT and one.item in names


def _entries(own: Path) -> tuple[Price, ...]:
    return _parsed(_text(own), own)


def _text(own: Path) -> str:
    """Return a price file as it was typed; "" for none."""
    if not own.exists():
        return ""
    read_toml(own, error=DecisionError)  # says which line is wrong, before anything is changed
    return own.read_text(encoding="utf-8")


def _parsed(text: str, own: Path) -> tuple[Price, ...]:
    """Return the prices of a file's text."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as broken:
        raise _by_hand(own) from broken
    return build(PriceFile, values, where=visible(str(own)), error=DecisionError).price


def _blocks(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Return from which to before which line each entry stands, without comments after it."""
    found = []
    for number, line in enumerate(lines):
        if not _HEAD.match(line):
            continue
        ends = [later for later in range(number + 1, len(lines)) if _ANY_HEAD.match(lines[later])]
        end = ends[0] if ends else len(lines)
        while end > number + 1 and (not (bare := lines[end - 1].strip()) or bare.startswith("#")):
            end -= 1
        found.append((number, end))
    return found


def _lines(price: Price) -> list[str]:
    """Return an entry as lines of TOML."""
    texts = {
        "provider": price.provider,
        "item": price.item,
        "unit": price.unit,
        "amount": str(price.amount),
        "currency": price.currency,
        "as_of": price.as_of,
        "source": price.source,
        "confidence": price.confidence,
    }
    said = [f"{name} = {json.dumps(text, ensure_ascii=False)}" for name, text in texts.items()]
    return ["[[price]]", *said, f"read = {price.read}"]


def _is_day(text: str, today: date) -> bool:
    try:
        return date.fromisoformat(text) <= today
    except ValueError:
        return False


def _wrong(text: str, why: str) -> DecisionError:
    return DecisionError(
        what=f"The price {clip(visible(text), 60)!r} cannot be read.",
        why=why,
        remedy=f"Write {FORM}",
    )


def _by_hand(own: Path) -> DecisionError:
    return DecisionError(
        what=f"{visible(str(own))} was not changed.",
        why="Its prices are written in a form in which one cannot be added or taken out safely.",
        remedy="Change the file by hand; every price is a table [[price]] of its own there.",
    )
