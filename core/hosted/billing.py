"""Which tokens a service bills, by the formula it publishes; pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

Settings = Mapping[str, str | int | float | bool]


class Tokens(NamedTuple):
    """How many tokens rows have, for one pass."""

    low: int
    high: int

    @property
    def counted(self) -> bool:
        """Return whether this is a count and no range."""
        return self.low == self.high


class Span(NamedTuple):
    """How many tokens a bill has, which may be no whole number while epochs are none."""

    low: Decimal
    high: Decimal


class Rows(NamedTuple):
    """The rows of a part and their tokens."""

    rows: int
    tokens: Tokens


NO_ROWS = Rows(0, Tokens(0, 0))


class Billing(NamedTuple):
    """What a service multiplies with its price."""

    train: Tokens | None
    """Billed in every epoch; None where nobody can say."""
    beside: Tokens = Tokens(0, 0)
    """Billed once, whatever the epochs."""
    rule: str = ""
    """What else the formula holds, in words; empty for nothing but tokens, epochs and price."""

    def over(self, epochs: float) -> Span:
        """Return the tokens of the bill after so many epochs."""
        train, passes = self.train or Tokens(0, 0), Decimal(str(epochs))
        return Span(train.low * passes + self.beside.low, train.high * passes + self.beside.high)


def billing_of(
    provider: str, train: Rows, validation: Rows, settings: Settings, *, context: int | None
) -> Billing:
    """Return what is billed: the train tokens, and what else the service's formula names."""
    return (
        _together(train, validation, settings, context)
        if provider == "together"
        else Billing(train.tokens)
    )


def _together(train: Rows, validation: Rows, settings: Settings, context: int | None) -> Billing:
    """Return the bill of Together: evaluations count, and unpacked rows count as the longest."""
    evaluations = settings.get("n_evals", 0)
    times = int(evaluations) if isinstance(evaluations, int | float) else 0
    beside = Tokens(validation.tokens.low * times, validation.tokens.high * times)
    rule = f"and {times} evaluations of the validation rows" if times and validation.rows else ""
    if settings.get("packing", True) is not False:
        return Billing(train.tokens, beside, rule)
    longest = settings.get("max_seq_length", context)
    unpacked = "without packing every row counts as the longest sequence"
    words = ", ".join(one for one in (rule, unpacked) if one)
    if not isinstance(longest, int) or isinstance(longest, bool):
        return Billing(None, beside, f"{words}, and how long that is nobody said: set it")
    whole = train.rows * longest
    return Billing(Tokens(whole, whole), beside, f"{words}, {longest:,} tokens")


def epochs_of(
    settings: Settings, name: str, *, otherwise: tuple[float, float]
) -> tuple[float, float]:
    """Return the epochs that the settings name, low and high; `otherwise` where they name none."""
    said = settings.get(name)
    if isinstance(said, bool) or not isinstance(said, int | float):
        return otherwise
    return (float(said), float(said))
