"""What can be said about cost without knowing a price; the rest stays unknown and is named."""

from dataclasses import asdict, dataclass

from core.decide.answers import Answers
from core.decide.levels import RECOMMENDED_EXAMPLES

_DAYS = 365 / 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Figures that follow from the answers alone."""

    requests_per_month: float | None
    """None when the requests a day are unknown."""
    budget_per_request: float | None
    """In the currency of the budget; None when a number is unknown or nothing is asked."""
    examples_to_add: int | None
    """Until the recommended number; 0 when nothing is tuned, None when nobody counted."""
    unknown: tuple[str, ...]
    """What would have to be known for a price."""

    def as_json(self) -> dict[str, object]:
        """Return the form inside `decide --json`."""
        return {**asdict(self), "unknown": list(self.unknown)}


def costs(answers: Answers, *, tunes: bool) -> Costs:
    """Return what follows from the answers; a price that nobody gave is not guessed."""
    monthly = None if answers.requests_per_day is None else answers.requests_per_day * _DAYS
    budget = answers.monthly_budget
    missing = answers.labelled_examples
    unknown = ["price of a token with the model you would use", "tokens in a request"]
    if tunes:
        unknown += ["price or length of the training", "price of serving the tuned model"]
    unknown += ["requests a day"] if monthly is None else []
    unknown += ["monthly budget"] if budget is None else []
    return Costs(
        requests_per_month=None if monthly is None else round(monthly, 1),
        budget_per_request=budget / monthly if budget is not None and monthly else None,
        examples_to_add=_to_add(missing) if tunes else 0,
        unknown=tuple(unknown),
    )


def _to_add(examples: int | None) -> int | None:
    """Return how many examples are missing to the recommended number."""
    return None if examples is None else max(0, RECOMMENDED_EXAMPLES - examples)
