"""Alpha, percent agreement and Gwet's AC side by side, because each alone can mislead."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.scoring.statistics.coincidence import (
    Cells,
    Coefficient,
    alpha_of,
    coincidences,
    krippendorff,
)
from core.scoring.statistics.interval import Interval
from core.scoring.statistics.kappas import gwet, percent_agreement
from core.scoring.statistics.resample import RESAMPLES, middle_of, resampled_counts

GOOD = 0.8
TENTATIVE = 0.667
_ALIKE = 0.9
"""Share of equal ratings from which nearly everything has one score."""

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
    items: Sequence[Units], *, seed: int = 0, resamples: int = RESAMPLES
) -> Interval | None:
    """Return the 95 % bootstrap interval of the ordinal alpha; whole items are drawn.

    None when too few draws have an alpha.
    """
    kinds = Counter(tuple(sorted(coincidences(item).items())) for item in items)
    ordered = sorted(kinds.items())
    found: list[float | None] = []
    for draw in resampled_counts([n for _, n in ordered], seed=seed, resamples=resamples):
        cells: Cells = {}
        for (kind, _), times in zip(ordered, draw, strict=True):
            for pair, weight in kind if times else ():
                cells[pair] = cells.get(pair, 0.0) + weight * times
        found.append(alpha_of(cells, "ordinal").value)
    return middle_of(found)
