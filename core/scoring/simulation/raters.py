"""Raters as they might be: a latent quality, everybody's own opinion, three scores.

An answer's quality is normal; half of its variance belongs to the item, so that contenders are
alike on one item. A rater sees it with noise of half that variance and cuts it into 1, 3 and 5.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from random import Random
from statistics import NormalDist

from core.scoring.rated.rating import RUBRIC, Rating

TUNED = "tuned"
_HALVINGS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Raters:
    """How answers and raters vary; the defaults are those of the published power table."""

    unusable: float = 0.3
    """Share of an alternative's ratings that are 1."""
    ready: float = 0.3
    """Share of an alternative's ratings that are 5."""
    alike: float = 0.5
    """Correlation of two contenders' quality on one item."""
    noise: float = 0.5
    """Variance of a rater's own opinion, where that of quality is 1."""
    unsafe: float = 0.0
    """Share of the tuned model's answers that are unsafe, which every rater sees."""


@lru_cache(maxsize=256)
def shift_for(gain: float, raters: Raters) -> float:
    """Return how much better the quality must be for this many rating points more on average."""
    base = _mean_score(0.0, raters)
    low, high = -20.0, 20.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _mean_score(middle, raters) - base < gain:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _cuts(raters: Raters) -> tuple[float, float]:
    """Return above which seen quality an answer is a 3, and a 5."""
    seen = NormalDist(0, sqrt(1 + raters.noise))
    return seen.inv_cdf(raters.unusable), seen.inv_cdf(1 - raters.ready)


def _mean_score(shift: float, raters: Raters) -> float:
    """Return the mean score of answers whose quality is shifted."""
    seen = NormalDist(shift, sqrt(1 + raters.noise))
    low, high = _cuts(raters)
    return RUBRIC[0] + 2 * (1 - seen.cdf(low)) + 2 * (1 - seen.cdf(high))


def draw_scores(
    random: Random, raters: Raters, *, items: int, contenders: int, people: int, gain: float
) -> list[list[list[int]]]:
    """Return scores by item, contender and rater; the first contender is better by `gain`."""
    shift = shift_for(gain, raters)
    low, high = _cuts(raters)
    of_item, of_answer, opinion = sqrt(raters.alike), sqrt(1 - raters.alike), sqrt(raters.noise)
    gauss = random.gauss
    scores = []
    for _ in range(items):
        item = of_item * gauss()
        answers = []
        for place in range(contenders):
            quality = item + of_answer * gauss() + (0.0 if place else shift)
            seen = [quality + opinion * gauss() for _ in range(people)]
            answers.append([1 + 2 * (one > low) + 2 * (one > high) for one in seen])
        scores.append(answers)
    return scores


def draw_ratings(
    random: Random, raters: Raters, *, items: int, alternatives: int, people: int, gain: float
) -> list[Rating]:
    """Return the ratings of one synthetic study, item by item."""
    scores = draw_scores(
        random, raters, items=items, contenders=alternatives + 1, people=people, gain=gain
    )
    names = (TUNED, *(f"other {number}" for number in range(1, alternatives + 1)))
    ratings = []
    for number, answers in enumerate(scores, 1):
        unsafe = bool(raters.unsafe) and random.random() < raters.unsafe
        for name, seen in zip(names, answers, strict=True):
            flagged = unsafe and name == TUNED
            ratings += [
                Rating(
                    item=f"item {number:06}",
                    contender=name,
                    rater=f"rater {rater}",
                    score=RUBRIC[0] if flagged else score,
                    unsafe=flagged,
                )
                for rater, score in enumerate(seen, 1)
            ]
    return ratings
