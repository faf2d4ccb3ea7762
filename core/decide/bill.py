"""What the recommendation costs, line by line, from dated prices; what is unknown stays so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from core.catalog.price_list import Price, PriceList, Unit
from core.decide.answers import Answers
from core.decide.break_even import BreakEven
from core.decide.crossings import HOSTED_OR_OWN, Crossings, crossings
from core.decide.desk import DAYS_A_MONTH, HOURS_A_MONTH, Desk, inference_cost
from core.decide.levels import RECOMMENDED_EXAMPLES
from core.decide.missing import Missing, missing_prices
from core.decide.money import Range, cents, said, same, span, whole
from core.decide.tree import Choice

Per = Literal["once", "month"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One cost, from one offer."""

    name: str
    """What is paid for."""
    offer: str
    """Whose price it is, with its date and age; empty where none is known."""
    per: Per
    currency: str | None
    """None where no price is known."""
    low: Decimal | None
    """To the cent; None where a price or an answer is missing."""
    high: Decimal | None
    note: str
    """What the figure stands on, or what is missing for one."""
    sources: tuple[str, ...] = ()
    """Where the prices were read, and when."""
    wants: tuple[Unit, ...] = ()
    """Units of the prices that are missing for a figure."""

    @property
    def words(self) -> str:
        """Return the line for a person."""
        if self.currency is None or self.low is None or self.high is None:
            return f"{self.name}: not known. {self.note}"
        times = " a month" if self.per == "month" else ""
        money = said(self.currency, self.low, self.high)
        return f"{self.name}: {money}{times}. {self.note} {self.offer}."

    def as_json(self) -> dict[str, object]:
        """Return the form inside `decide --json`; money is text, so that no cent is lost."""
        return {
            "name": self.name,
            "offer": self.offer,
            "per": self.per,
            "currency": self.currency,
            "low": None if self.low is None else str(self.low),
            "high": None if self.high is None else str(self.high),
            "note": self.note,
            "sources": list(self.sources),
            "words": self.words,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """All that can be said of the costs, and when."""

    as_of: date
    """The day on which ages of prices were counted."""
    lines: tuple[Line, ...]
    break_evens: tuple[BreakEven, ...]
    """From which volume on the cheapest machine costs less, one for each hosted offer."""
    no_break_even: str
    """Why there is no break-even, in a sentence; empty where there is one or nothing is tuned."""
    assumed: str
    """What the break-evens take for granted, in a sentence; empty where there is none."""
    missing: tuple[Missing, ...]
    """The prices that are not known, and where to put them."""
    budget: tuple[str, ...]
    """Which monthly costs a budget covers, one sentence a currency; empty without a budget."""

    def as_json(self) -> dict[str, object]:
        """Return the form inside `decide --json`."""
        return {
            "as_of": self.as_of.isoformat(),
            "lines": [line.as_json() for line in self.lines],
            "break_even": [one.as_json() for one in self.break_evens],
            "no_break_even": self.no_break_even,
            "assumed": self.assumed,
            "missing": [one.as_json() for one in self.missing],
            "budget": list(self.budget),
        }


def bill(answers: Answers, choice: Choice, prices: PriceList, *, today: date) -> Bill:
    """Return what a recommendation costs; nothing is guessed and no currency is converted."""
    desk = Desk(answers, prices, today)
    tunes = choice in {"fine_tune", "fine_tune_with_retrieval"}
    lines: list[Line] = []
    if tunes:
        lines += _labelling(desk)
        lines += _training(desk)
    lines += _inference(desk)
    if tunes:
        lines += _own_machine(desk)
    if choice in {"retrieval", "fine_tune_with_retrieval"}:
        lines += _retrieval(desk)
    lines += _rating(desk)
    meet = crossings(desk) if tunes else Crossings((), "", (), "")
    wanted = [(unit, line.name) for line in lines for unit in line.wants]
    wanted += [(unit, HOSTED_OR_OWN) for unit in meet.wanted]
    return Bill(
        as_of=today,
        lines=tuple(lines),
        break_evens=meet.found,
        no_break_even=meet.why_none,
        assumed=meet.assumed,
        missing=missing_prices(wanted, prices, today=today),
        budget=tuple(_budget(answers.monthly_budget, lines)),
    )


def labelling_hours(desk: PriceList, missing: int) -> Range:
    """Return the hours until this many examples are written: examples x minutes x people."""
    minutes, people = desk.assumptions["minutes_per_label"], desk.assumptions["people_per_example"]
    return span(minutes.low, minutes.high) * span(people.low, people.high) * missing / 60


def training_cost(price: Price, tokens: Range, epochs: Range) -> Range:
    """Return what a hosted training costs: tokens x epochs x price of a million."""
    return tokens * epochs * span(price.amount, price.high) / 1_000_000


def _budget(budget: float | None, lines: Sequence[Line]) -> Iterator[str]:
    """Yield how many of the monthly offers a budget covers, if it is in their currency."""
    if budget is None:
        return
    monthly = [line for line in lines if line.per == "month" and line.high is not None]
    for currency in dict.fromkeys(line.currency for line in monthly):
        ends = [(line.low, line.high) for line in monthly if line.currency == currency]
        covered = sum(high is not None and high <= budget for _, high in ends)
        beyond = sum(low is not None and low > budget for low, _ in ends)
        open_ones = len(ends) - covered - beyond
        yield (
            f"If the budget is in {currency}: of {len(ends)} monthly offers it covers {covered}, "
            f"{beyond} cost more, {open_ones} depend."
        )


def _labelling(desk: Desk) -> Iterator[Line]:
    have = desk.answers.labelled_examples or 0
    missing = max(0, RECOMMENDED_EXAMPLES - have)
    hours = labelling_hours(desk.prices, missing)
    if not missing and not desk.of("hour_of_work"):
        return
    note = f"{missing:,} examples more, to {RECOMMENDED_EXAMPLES}: {_hours(hours)} of work."
    yield from _worked("labelling", hours, note, desk)


def _rating(desk: Desk) -> Iterator[Line]:
    given = desk.answers.raters
    raters = desk.range("raters") if given is None else same(given)
    answers = desk.range("rated_items") * desk.range("rated_contenders") * raters
    hours = answers * desk.range("minutes_per_rating") / 60
    yield from _worked("rating", hours, f"{_hours(hours)} of blind rating.", desk)


def _worked(name: str, hours: Range, note: str, desk: Desk) -> Iterator[Line]:
    """Yield what hours of people cost."""
    paid = desk.of("hour_of_work")
    for price in paid:
        yield _line(name, "once", hours * span(price.amount, price.high), [price], note, desk)
    if not paid:
        yield _unknown(
            name, "once", f"{note} No price of an hour of work is known.", "hour_of_work"
        )


def _training(desk: Desk) -> Iterator[Line]:
    if desk.stays:
        return
    count = max(RECOMMENDED_EXAMPLES, desk.answers.labelled_examples or 0)
    tokens, epochs = desk.range("tokens_per_example") * count, desk.range("epochs")
    note = f"{whole(tokens)} tokens x {whole(epochs)} epochs."
    offers = desk.of("training_tokens_per_million")
    for price in offers:
        cost = training_cost(price, tokens, epochs)
        yield _line("hosted training", "once", cost, [price], note, desk)
    if not offers:
        yield _unknown(
            "hosted training",
            "once",
            "No price of training tokens is known.",
            "training_tokens_per_million",
        )


def _inference(desk: Desk) -> Iterator[Line]:
    if desk.stays:
        return
    name = "hosted answering"
    offers = [*desk.token_pairs()]
    if not offers:
        units: tuple[Unit, ...] = ("input_tokens_per_million", "output_tokens_per_million")
        wanted = [unit for unit in units if not desk.of(unit)]
        yield _unknown(name, "month", "No offer has a price of input and output tokens.", *wanted)
    elif desk.answers.requests_per_day is None:
        yield _unknown(name, "month", "The requests a day are not known.")
    else:
        requests = Fraction(desk.answers.requests_per_day) * DAYS_A_MONTH
        size = (desk.range("input_tokens"), desk.range("output_tokens"))
        note = f"{whole(size[0])} tokens in, {whole(size[1])} out a request."
        for pair in offers:
            cost = inference_cost(*pair, requests, size)
            yield _line(name, "month", cost, pair, note, desk)


def _own_machine(desk: Desk) -> Iterator[Line]:
    stays = desk.stays
    rented = () if stays else desk.of("gpu_hour")
    for price in rented:
        cost = span(price.amount, price.high) * HOURS_A_MONTH
        yield _line("GPU rented", "month", cost, [price], "One GPU, day and night.", desk)
    if not rented and not stays:
        yield _unknown("GPU rented", "month", "No rent of a GPU is known.", "gpu_hour")
    months = desk.range("months_of_use")
    bought = desk.of("gpu_bought")
    for price in bought:
        cost = Range(Fraction(price.amount) / months.high, Fraction(price.high) / months.low)
        note = f"One GPU over {whole(months)} months, without current and the machine around it."
        yield _line("GPU bought", "month", cost, [price], note, desk)
    if not bought:
        yield _unknown("GPU bought", "month", "No price of a GPU is known.", "gpu_bought")
    stored = () if stays else desk.of("storage_gb_month")
    for price in stored:
        size = desk.range("storage_gb")
        cost = size * span(price.amount, price.high)
        yield _line("storage", "month", cost, [price], f"{whole(size)} GB.", desk)
    if not stored:
        where = "on your own disks" if stays else "of storage"
        yield _unknown("storage", "month", f"No price {where} is known.", "storage_gb_month")


def _retrieval(desk: Desk) -> Iterator[Line]:
    name = "retrieval hosting"
    if desk.stays:
        yield _unknown(name, "month", "The search runs on your own machine; its cost is yours.")
        return
    by_hour, by_month = desk.of("retrieval_hour"), desk.of("retrieval_month")
    for price in by_hour:
        cost = span(price.amount, price.high) * HOURS_A_MONTH
        yield _line(name, "month", cost, [price], "Day and night.", desk)
    for price in by_month:
        yield _line(name, "month", span(price.amount, price.high), [price], "Flat.", desk)
    if not by_hour and not by_month:
        yield _unknown(name, "month", "No price of hosting a search is known.", "retrieval_month")


def _line(name: str, per: Per, cost: Range, used: Sequence[Price], note: str, desk: Desk) -> Line:
    return Line(
        name=name,
        offer=used[0].said(desk.today),
        per=per,
        currency=used[0].currency,
        low=cents(cost.low),
        high=cents(cost.high),
        note=note,
        sources=tuple(dict.fromkeys(price.source_words for price in used)),
    )


def _unknown(name: str, per: Per, note: str, *wants: Unit) -> Line:
    return Line(
        name=name, offer="", per=per, currency=None, low=None, high=None, note=note, wants=wants
    )


def _hours(hours: Range) -> str:
    """Return hours in words, to the tenth."""
    low, high = f"{float(hours.low):,.1f}", f"{float(hours.high):,.1f}"
    return f"{low} hours" if low == high else f"{low} to {high} hours"
