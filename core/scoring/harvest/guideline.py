"""Guideline bugs: items on which raters differ who otherwise rate alike, the worst first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.scoring.harvest.heard import HeardAnswer, HeardItem
from core.scoring.study.standing import Standing

CONSISTENT = 1.0
"""Largest mean distance, in points, from others and from oneself of a consistent rater."""
FEWEST_ANSWERS = 4
"""Answers to other items that must have been rated by others too, to call anybody consistent."""
STEP = 2
"""Points between two consistent raters from which an answer is worth talking about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidelineBug:
    """One item that the guideline does not settle."""

    heard: HeardItem
    """The item with everything that was said of it."""
    consistent: tuple[str, ...]
    """Whose scores count here, by name."""
    spread: int
    """Largest distance between two of their scores of one answer."""
    unsafe_split: bool
    """Whether some of them called an answer unsafe and others did not."""

    def counted(self, answer: HeardAnswer) -> list[int]:
        """Return the scores of an answer that count."""
        return [answer.scores[name] for name in self.consistent if name in answer.scores]


def guideline_bugs(
    items: Sequence[HeardItem], standings: Mapping[str, Standing]
) -> list[GuidelineBug]:
    """Return the items on which consistent raters are far apart, the worst first."""
    distances = {heard.item.id: _distances(heard) for heard in items}
    themselves = {name: _from_oneself(standing) for name, standing in standings.items()}
    found = []
    for heard in items:
        others = [one for id, one in distances.items() if id != heard.item.id]
        consistent = tuple(
            name
            for name in sorted(standings)
            if themselves[name] <= CONSISTENT and _near_others(name, others)
        )
        bug = _bug(heard, consistent)
        if bug.spread >= STEP or bug.unsafe_split:
            found.append(bug)
    return sorted(found, key=_rank)


def _bug(heard: HeardItem, consistent: tuple[str, ...]) -> GuidelineBug:
    """Return how far these raters are apart on an item."""
    spread, split = 0, False
    for answer in heard.answers:
        rated = [name for name in consistent if name in answer.scores]
        scores = [answer.scores[name] for name in rated]
        spread = max(spread, max(scores, default=0) - min(scores, default=0))
        split |= 0 < sum(name in answer.unsafe for name in rated) < len(rated)
    return GuidelineBug(heard=heard, consistent=consistent, spread=spread, unsafe_split=split)


def _rank(bug: GuidelineBug) -> tuple[int, bool, int]:
    """Return what sorts the worst first: how far, then about safety, then over how many answers."""
    scores = [bug.counted(answer) for answer in bug.heard.answers]
    apart = sum(max(one) - min(one) for one in scores if one)
    return -bug.spread, not bug.unsafe_split, -apart


def _distances(heard: HeardItem) -> dict[str, list[float]]:
    """Return how far everybody is from the mean of the others, one entry an answer."""
    found: dict[str, list[float]] = {}
    for answer in heard.answers:
        total, count = sum(answer.scores.values()), len(answer.scores)
        for name, score in answer.scores.items() if count > 1 else ():
            found.setdefault(name, []).append(abs(score - (total - score) / (count - 1)))
    return found


def _near_others(name: str, items: Iterable[Mapping[str, Sequence[float]]]) -> bool:
    """Return whether somebody rates other items as others do, as far as that was seen."""
    seen = [distance for item in items for distance in item.get(name, ())]
    return len(seen) >= FEWEST_ANSWERS and sum(seen) <= CONSISTENT * len(seen)


def _from_oneself(standing: Standing) -> float:
    """Return the mean distance between two scores of one rater for one answer; 0 unrepeated."""
    gaps = [
        abs(int(event.value) - first)
        for event in standing.all("rate")
        if event.occurrence and (first := standing.score((event.item, 0), event.side)) is not None
    ]
    return sum(gaps) / len(gaps) if gaps else 0.0
