"""The break-evens of a bill: every hosted offer against the cheapest machine, or why none."""

from collections.abc import Iterator
from typing import NamedTuple

from core.catalog.price_list import Unit
from core.decide.break_even import BreakEven, break_even
from core.decide.desk import DAYS_A_MONTH, HOURS_A_MONTH, Desk, inference_cost
from core.decide.money import Range, span, whole

HOSTED_OR_OWN = "hosted against an own machine"


class Crossings(NamedTuple):
    """Where hosting and an own machine cost the same."""

    found: tuple[BreakEven, ...]
    why_none: str
    """Why there is none, in a sentence; empty where there are some."""
    wanted: tuple[Unit, ...]
    """Units of the prices that are missing for one."""
    assumed: str
    """What all of them take for granted; empty where there is none."""


def crossings(desk: Desk) -> Crossings:
    """Return the break-even of every hosted offer with the cheapest rented GPU of its currency."""
    if desk.stays:
        why = "Data may not leave, so there is no hosted service to compare a machine with."
        return Crossings((), why, (), "")
    found = tuple(_crossings(desk))
    if found:
        return Crossings(found, "", (), _assumed(desk))
    units: tuple[Unit, ...] = ("input_tokens_per_million", "output_tokens_per_million", "gpu_hour")
    wanted = tuple(unit for unit in units if not desk.of(unit))
    if wanted:
        why = "A price is missing for it."
    elif not any(desk.token_pairs()):
        why = "No hosted offer has a price of input and of output in one currency."
    else:
        why = "No hosted offer has its price in the currency of a GPU, and none is converted."
    return Crossings((), why, wanted, "")


def _crossings(desk: Desk) -> Iterator[BreakEven]:
    size = (desk.range("input_tokens"), desk.range("output_tokens"))
    speed = desk.range("gpu_tokens_per_second")
    capacity = Range(speed.low * 86_400 / size[1].high, speed.high * 86_400 / size[1].low)
    for pair in desk.token_pairs():
        rents = [one for one in desk.of("gpu_hour") if one.currency == pair[0].currency]
        gpu = min(rents, key=lambda one: one.amount, default=None)
        if gpu is not None:
            yield break_even(
                hosted=pair[0].said(desk.today),
                own=gpu.said(desk.today),
                currency=gpu.currency,
                slope=inference_cost(*pair, DAYS_A_MONTH, size),
                fixed=span(gpu.amount, gpu.high) * HOURS_A_MONTH,
                capacity=capacity,
            )


def _assumed(desk: Desk) -> str:
    """Return the assumptions behind the curves, in a sentence."""
    asked, answered, speed = (
        whole(desk.range(name))
        for name in ("input_tokens", "output_tokens", "gpu_tokens_per_second")
    )
    return (
        f"{asked} tokens in and {answered} out a request; one machine writes {speed} tokens a "
        "second. The hosted model is one as it is sold, not a tuned one. Figures of yours go into "
        "prices.toml as assumptions."
    )
