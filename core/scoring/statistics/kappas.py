"""Agreement corrected for chance in other ways: percent, Gwet's AC1 and AC2, Cohen, Fleiss."""

from collections import Counter
from collections.abc import Sequence
from math import fsum

from core.scoring.statistics.coincidence import Coefficient

_ONE_RATER = "no item was rated twice: it needs a second rater"


def percent_agreement(units: Sequence[Sequence[float]]) -> Coefficient:
    """Return the share of equal pairs of ratings, each unit counting once."""
    shared = [Counter(unit) for unit in units if len(unit) > 1]
    if not shared:
        return Coefficient(None, _ONE_RATER)
    return Coefficient(fsum(map(_equal_pairs, shared)) / len(shared))


def _equal_pairs(counts: Counter[float]) -> float:
    """Return the share of pairs of one unit that agree."""
    n = counts.total()
    return sum(count * (count - 1) for count in counts.values()) / (n * (n - 1))


def gwet(
    units: Sequence[Sequence[float]], domain: Sequence[float], *, quadratic: bool = False
) -> Coefficient:
    """Return Gwet's AC1, or AC2 with quadratic weights.

    `domain` is every value the rubric offers, given or not: the coefficient depends on how many
    there are.
    """
    span = max(domain) - min(domain)

    def weight(one: float, other: float) -> float:
        if quadratic:
            return 1 - ((one - other) / span) ** 2
        return float(one == other)

    rated = [(Counter(unit), times) for unit, times in Counter(map(_key, units)).items() if unit]
    shared = [(counts, times) for counts, times in rated if counts.total() > 1]
    if not shared:
        return Coefficient(None, _ONE_RATER)
    seen = fsum(
        times
        * count
        * (fsum(m * weight(one, other) for other, m in counts.items()) - 1)
        / (counts.total() * (counts.total() - 1))
        for counts, times in shared
        for one, count in counts.items()
    ) / sum(times for _, times in shared)
    n = sum(times for _, times in rated)
    shares = [
        fsum(times * counts[one] / counts.total() for counts, times in rated) / n for one in domain
    ]
    weights = fsum(weight(one, other) for one in domain for other in domain)
    chance = (
        weights * fsum(share * (1 - share) for share in shares) / (len(domain) * (len(domain) - 1))
    )
    return Coefficient((seen - chance) / (1 - chance))


def _key(unit: Sequence[float]) -> tuple[float, ...]:
    return tuple(sorted(unit))


def cohen(table: Sequence[Sequence[int]]) -> Coefficient:
    """Return Cohen's kappa of two raters; rows are the first one's values, columns the other's."""
    n = sum(map(sum, table))
    seen = sum(row[place] for place, row in enumerate(table)) / n
    columns = [sum(row[place] for row in table) for place in range(len(table))]
    chance = sum(sum(row) * column for row, column in zip(table, columns, strict=True)) / n**2
    return _beyond_chance(seen, chance)


def fleiss(counts: Sequence[Sequence[int]]) -> Coefficient:
    """Return Fleiss' kappa; a row says how many raters gave an item each value."""
    raters = sum(counts[0])
    if raters < 2:
        return Coefficient(None, _ONE_RATER)
    seen = fsum(
        (sum(count * count for count in row) - raters) / (raters * (raters - 1)) for row in counts
    ) / len(counts)
    totals = [sum(column) for column in zip(*counts, strict=True)]
    chance = fsum((total / (len(counts) * raters)) ** 2 for total in totals)
    return _beyond_chance(seen, chance)


def _beyond_chance(seen: float, chance: float) -> Coefficient:
    if chance == 1:
        return Coefficient(None, "everything got the same score")
    return Coefficient((seen - chance) / (1 - chance))
