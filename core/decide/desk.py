"""What every cost is worked out from: the answers, the prices, and the day."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from core.catalog.price_list import Price, PriceList, Unit
from core.decide.answers import Answers
from core.decide.money import Range, span

HOURS_A_MONTH = Fraction(365 * 24, 12)
DAYS_A_MONTH = Fraction(365, 12)


class Desk(NamedTuple):
    """What lies before whoever works out a cost."""

    answers: Answers
    prices: PriceList
    today: date

    def range(self, name: str) -> Range:
        """Return an assumption by its name."""
        found = self.prices.assumptions[name]
        return span(found.low, found.high)

    def of(self, unit: Unit) -> tuple[Price, ...]:
        """Return the prices that may be used today."""
        return self.prices.of(unit, today=self.today)

    @property
    def stays(self) -> bool:
        """Whether nothing may be sent to another company."""
        return self.answers.data_may_leave == "no"

    def token_pairs(self) -> Iterator[tuple[Price, Price]]:
        """Yield the price of input with that of output, where one offer has both."""
        outputs = {
            (one.provider, one.item, one.currency): one
            for one in self.of("output_tokens_per_million")
        }
        for price in self.of("input_tokens_per_million"):
            output = outputs.get((price.provider, price.item, price.currency))
            if output is not None:
                yield price, output


def inference_cost(
    input: Price, output: Price, requests: Fraction, size: tuple[Range, Range]
) -> Range:
    """Return what this many requests cost with these input and output tokens each."""
    asked = size[0] * span(input.amount, input.high)
    answered = size[1] * span(output.amount, output.high)
    return asked.plus(answered) * requests / 1_000_000
