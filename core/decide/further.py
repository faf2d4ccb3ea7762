"""What goes with a recommendation on this machine and day: its bill, and how to tune."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from core.catalog.price_list import price_list
from core.catalog.tuning_offers import services, tunable_models
from core.decide.advise import Recommendation
from core.decide.answers import Answers
from core.decide.bill import Bill, bill
from core.decide.method import MethodAdvice, advise_method, room_of
from core.machine import Machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Further:
    """What depends on prices, the day and the machine, and not on the answers alone."""

    bill: Bill
    """What it costs."""
    method: MethodAdvice | None
    """How to tune; None where nothing is tuned."""

    def as_json(self) -> dict[str, object]:
        """Return what is printed and kept beside the recommendation."""
        method = None if self.method is None else self.method.as_json()
        return {"bill": self.bill.as_json(), "method": method}


def further_of(
    answers: Answers,
    advised: Recommendation,
    *,
    own_prices: Path | None,
    today: date,
    machine: Machine,
) -> Further:
    """Return what goes with the recommendation; `own_prices` count before the shipped ones."""
    method = None
    if advised.tunes:
        room, models = room_of(machine), tunable_models()
        method = advise_method(answers, room, models=models, services=services(), today=today)
    costs = bill(answers, advised.recommendation, price_list(own_prices), today=today)
    return Further(bill=costs, method=method)
