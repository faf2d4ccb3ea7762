"""What a plan can and cannot find, and the hours it costs; said before anybody rates."""

from collections.abc import Iterator
from math import sqrt
from statistics import NormalDist

from core.scoring.statistics.power import fewest_decisive
from core.scoring.study.plan import StudyPlan
from core.scoring.study.sheet import Sheet

SECONDS_AN_ANSWER = 25
"""What careful reading and one key take; the log measures it once somebody rates."""
_POWER = 0.8
_WITHIN, _BETWEEN = 1.66, 1.12
"""Spread of a difference that a rater brings, and that items bring, on the rubric's points; from
a model with correlated answers, 30 % unusable, 40 % with edits and 30 % ready."""


def findable(items: int, raters: int, *, alpha: float) -> float:
    """Return the true gain in points that a study finds four times in five."""
    spread = sqrt(_BETWEEN**2 + _WITHIN**2 / raters)
    z = NormalDist().inv_cdf(1 - alpha / 2) + NormalDist().inv_cdf(_POWER)
    return z * spread / sqrt(items)


def answers_on(sheet: Sheet) -> int:
    """Return how many different answers a rater who rates every item meets."""
    return sum(len(item.sides) for item in sheet.items)


def hours_each(plan: StudyPlan, raters: int, *, answers: int) -> float:
    """Return how long each of some raters sits, of so many different answers in all."""
    return answers * (1 + plan.repeats) * plan.raters_per_item / raters * SECONDS_AN_ANSWER / 3600


def outlook_lines(plan: StudyPlan, *, answers: int) -> Iterator[str]:
    """Yield what to expect of a plan that names items and contenders, in words."""
    items = plan.items or 0
    raters = max(len(plan.raters), plan.raters_per_item)
    gain = findable(items, plan.raters_per_item, alpha=plan.alpha)
    hours = hours_each(plan, raters, answers=answers)
    yield (
        f"{items:,} items x {len(plan.contenders)} contenders, {plan.raters_per_item} raters an "
        f"item: about {hours:.1f} hours for each of {raters} raters."
    )
    word = "will likely find" if gain <= plan.worthwhile else "may well miss"
    yield (
        f"It finds a true gain of {gain:.1f} points four times in five; the plan calls "
        f"{plan.worthwhile:g} worthwhile, which it {word}."
    )
    least = fewest_decisive(plan.alpha)
    if items < least:
        yield f"With fewer than {least} items that differ nothing can ever be settled."
