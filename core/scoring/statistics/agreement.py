"""Alpha, percent agreement and Gwet's AC side by side, because each alone can mislead."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from core.scoring.statistics.coincidence import (
    Cells,
    Coefficient,
    alpha_of,
    coincidences,
    krippendorff,
)
from core.scoring.statistics.interval import Interval
from core.scoring.statistics.kappas import gwet, percent_agreement

GOOD = 0.8
TENTATIVE = 0.667
_ALIKE = 0.9
"""Share of equal ratings from which nearly everything has one score."""
_RESAMPLES = 1000

Units = Sequence[Sequence[float]]
"""Ratings that met on one answer; one entry an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far the raters of a study agree."""

    ordinal: Coefficient
    """Krippendorff's alpha, the one that decides."""
    nominal: Coefficient
    """Alpha that takes every difference for equally bad."""
    interval: Coefficient
    """Alpha that takes the scores for distances."""
    percent: Coefficient
    """Share of equal pairs of ratings."""
    ac1: Coefficient
    ac2: Coefficient
    """Gwet's coefficients on the rubric's values, the second with quadratic weights."""
    range: Interval | None
    """95 % interval of the ordinal alpha; None where it was not asked for or is undefined."""

    @property
    def blocks(self) -> bool:
        """Whether a measured disagreement forbids a verdict."""
        alpha = self.ordinal.value
        return alpha is not None and alpha < TENTATIVE and not self.misleads

    @property
    def misleads(self) -> bool:
        """Whether alpha is low only because nearly everything got one score."""
        alpha, percent, ac2 = self.ordinal.value, self.percent.value, self.ac2.value
        if alpha is None or percent is None or ac2 is None or alpha >= TENTATIVE:
            return False
        return percent >= _ALIKE and ac2 >= GOOD


def measure_agreement(
    items: Sequence[Units], domain: Sequence[float], *, seed: int | None = 0
) -> Agreement:
    """Return the agreement of items that each hold the ratings of their answers.

    With `seed` None no interval is drawn, which saves most of the time.
    """
    units = [unit for item in items for unit in item]
    return Agreement(
        ordinal=krippendorff(units, "ordinal"),
        nominal=krippendorff(units, "nominal"),
        interval=krippendorff(units, "interval"),
        percent=percent_agreement(units),
        ac1=gwet(units, domain),
        ac2=gwet(units, domain, quadratic=True),
        range=None if seed is None else alpha_interval(items, seed=seed),
    )


def alpha_interval(
    items: Sequence[Units], *, seed: int = 0, resamples: int = _RESAMPLES
) -> Interval | None:
    """Return the 95 % bootstrap interval of the ordinal alpha; whole items are drawn.

    None when too few draws have an alpha.
    """
    kinds: dict[tuple[tuple[tuple[float, float], float], ...], int] = {}
    for item in items:
        kind = tuple(sorted(coincidences(item).items()))
        kinds[kind] = kinds.get(kind, 0) + 1
    draw = _draws(list(kinds), list(kinds.values()), Random(seed))
    found = [alpha_of(draw(), "ordinal").value for _ in range(resamples)]
    return percentiles([value for value in found if value is not None], of=resamples)


def _draws(
    kinds: list[tuple[tuple[tuple[float, float], float], ...]], counts: list[int], random: Random
) -> Callable[[], Cells]:
    """Return a function that draws as many items as there are and adds up their matrices."""
    n = sum(counts)

    def draw() -> Cells:
        cells: Cells = {}
        for kind in random.choices(kinds, weights=counts, k=n):
            for pair, weight in kind:
                cells[pair] = cells.get(pair, 0.0) + weight
        return cells

    return draw


def percentiles(values: list[float], *, of: int, confidence: float = 0.95) -> Interval | None:
    """Return the middle of the draws; None when more than a tenth of them gave nothing."""
    if len(values) < 0.9 * of:
        return None
    ordered = sorted(values)
    tail = (1 - confidence) / 2
    last = len(ordered) - 1
    return Interval(ordered[round(tail * last)], ordered[round((1 - tail) * last)])
