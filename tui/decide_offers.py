"""The offers for each cost, the cheapest of them first and no more than one can compare."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

_MOST = 3


class Offers(NamedTuple):
    """The lines of one cost."""

    shown: tuple[Mapping[str, Any], ...]
    """The cheapest, cheapest first; amounts of different currencies stay in their order."""
    dearer: int
    """How many more there are."""


def offers(lines: Sequence[Mapping[str, Any]]) -> Iterator[Offers]:
    """Yield the recorded lines of a bill, cost by cost."""
    costs: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        costs.setdefault(str(line.get("name", "")), []).append(line)
    for found in costs.values():
        if len({line.get("currency") for line in found}) == 1:
            found.sort(key=_low)
        yield Offers(tuple(found[:_MOST]), max(0, len(found) - _MOST))


def _low(line: Mapping[str, Any]) -> float:
    """Return the low end of a cost for sorting; what is not known stays where it is."""
    try:
        return float(line.get("low") or 0)
    except (TypeError, ValueError):
        return 0.0
