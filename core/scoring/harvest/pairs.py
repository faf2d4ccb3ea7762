"""Preference pairs: of two answers the one that everybody who rated both finds better."""

from collections.abc import Collection, Iterable
from itertools import combinations
from typing import NamedTuple

from core.scoring.harvest.gathered import Gathered, answered, asked
from core.scoring.harvest.heard import HeardAnswer, HeardItem

GAP = 1.0
"""Smallest mean difference, in points, that makes a pair without everybody's pick."""
USABLE = 3.0
"""Mean score from which an answer is worth preferring."""
FEWEST = 2
"""People who must have rated both answers: one alone agrees with nobody."""

TRAP = "planted or old answers"


class Preference(NamedTuple):
    """Which of two answers is better."""

    chosen: HeardAnswer
    """The better one."""
    rejected: HeardAnswer
    """The other one."""


def gather_pairs(items: Iterable[HeardItem], traps: Collection[str]) -> Gathered:
    """Return a row for every two answers on whose order the raters agree."""
    found = Gathered()
    for heard in items:
        for one, other in combinations(heard.answers, 2):
            result = TRAP if heard.item.id in traps else prefer(heard, one, other)
            if isinstance(result, str):
                found.left_out[result] += 1
                continue
            found.take(
                {
                    "prompt": asked(heard.item.prompt),
                    "chosen": [answered(result.chosen.side.text)],
                    "rejected": [answered(result.rejected.side.text)],
                }
            )
    return found


def prefer(heard: HeardItem, one: HeardAnswer, other: HeardAnswer) -> Preference | str:
    """Return which of two answers raters agree to be better, or why there is none."""
    raters = [name for name in one.scores if name in other.scores]
    if len(raters) < FEWEST:
        return f"rated by fewer than {FEWEST} people"
    gaps = [one.scores[name] - other.scores[name] for name in raters]
    picked = [heard.picks.get(name) for name in raters]
    picks = [(pick == one.side.id) - (pick == other.side.id) for pick in picked]
    voices = [*gaps, *picks]
    if min(voices) < 0 < max(voices):
        return "raters disagree"
    everybody = all(picks)
    if not everybody and abs(sum(gaps)) < GAP * len(raters):
        return f"less than {GAP:g} point apart and no unanimous pick"
    best = Preference(one, other) if sum(voices) > 0 else Preference(other, one)
    if best.chosen.unsafe:
        return "the better answer was called unsafe"
    if sum(best.chosen.scores[name] for name in raters) < USABLE * len(raters):
        return "neither answer is usable"
    return best
